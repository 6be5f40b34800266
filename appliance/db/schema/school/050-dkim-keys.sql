-- Keys that outgoing mail is signed with (RFC 6376). The private ones lie in dkim/SELECTOR.pem. A generation is an RSA and
-- an Ed25519 key, made together. Everything that happens to them by time is in these columns; nobody has to write again.
CREATE TABLE dkim_key (
    selector      TEXT    NOT NULL PRIMARY KEY, -- 'kp2026a-rsa'
    generation    TEXT    NOT NULL,             -- 'kp2026a'
    record        TEXT    NOT NULL,             -- the text of the TXT record: 'v=DKIM1; k=rsa; p=...'
    made          INTEGER NOT NULL,             -- UTC microseconds, all
    use_from      INTEGER NOT NULL,             -- signs from then on, until a later generation does
    publish_until INTEGER                       -- leaves the zone then; NULL: for good
) WITHOUT ROWID;
