-- DNSSEC: how a zone is signed, and its keys. The private halves are files in dns-keys/; what is served (DNSKEY,
-- RRSIG, ...) are rows of table record with origin 2.

CREATE TABLE signed_zone (
    zone_id     INTEGER NOT NULL PRIMARY KEY REFERENCES zone (zone_id) ON DELETE CASCADE,
    algorithm   INTEGER NOT NULL,               -- 13: ECDSA P-256 with SHA-256, 15: Ed25519
    longest_ttl INTEGER NOT NULL,               -- the longest TTL that was ever signed: how long caches remember
    pass_began  INTEGER,                        -- the last complete look at all signatures, UTC microseconds
    pass_ended  INTEGER,
    leaves_at   INTEGER                         -- the zone stops being signed: NULL no, 0 when the parent's DS is
                                                -- gone, else at that time
);

CREATE TABLE signing_key (
    zone_id INTEGER NOT NULL REFERENCES zone (zone_id) ON DELETE CASCADE,
    tag     INTEGER NOT NULL,
    role    TEXT    NOT NULL CHECK (role IN ('ksk', 'zsk')),
    dnskey  BLOB    NOT NULL,                   -- the data of its DNSKEY record
    file    TEXT    NOT NULL,                   -- in dns-keys/
    state   TEXT    NOT NULL CHECK (state IN ('published', 'ready', 'active', 'retired', 'unused')), -- key_plan.h
    since   INTEGER NOT NULL,                   -- in this state, UTC microseconds
    created INTEGER NOT NULL,
    PRIMARY KEY (zone_id, tag)
);

-- The neighbours in an NSEC3 chain, which lies scattered among the names of the zone.
CREATE INDEX record_nsec3 ON record (zone_id, owner) WHERE type = 50;

-- The public keys of our TLS certificate that TLSA records name: the one in use, and for a while the one before it.
CREATE TABLE own_certificate (
    digest BLOB    NOT NULL PRIMARY KEY,        -- SHA-256 of the public key (TLSA 3 1 1)
    until  INTEGER                              -- NULL: in use; else UTC microseconds
) WITHOUT ROWID;
