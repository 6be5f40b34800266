-- What the box itself wants to stand in a zone: keys of DKIM, policies for mail, services that mail programs look for.
-- They become records of origin 1 (own_records.h), except where somebody wrote one of the same kind.
CREATE TABLE own_record (
    zone  TEXT    NOT NULL,                     -- absolute, lower case; need not be there (yet)
    owner TEXT    NOT NULL,                     -- absolute, lower case
    type  TEXT    NOT NULL,
    rdata TEXT    NOT NULL,                     -- as in a zone file
    ttl   INTEGER NOT NULL,
    until INTEGER,                              -- UTC microseconds; NULL: for good
    PRIMARY KEY (zone, owner, type, rdata)
) WITHOUT ROWID;
