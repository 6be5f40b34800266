-- The zones that dnsd answers for, ready to be served: what people wrote, what follows from it (PTR records), and what
-- signing adds. A database of its own, so that the answering process can read it and nothing about people.
-- Keys are made by the application.

CREATE TABLE zone (
    zone_id       INTEGER NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,      -- absolute, lower case: 'smkn1pendalian.sch.id.'
    kind          TEXT    NOT NULL CHECK (kind IN ('primary', 'secondary', 'catalog')),
    revision      INTEGER NOT NULL,             -- goes up by one with every change
    base_revision INTEGER NOT NULL,             -- the journal (table change) begins here; older copies are read anew
    serial_style  TEXT    NOT NULL DEFAULT 'date' CHECK (serial_style IN ('date', 'counter')),
    signing       TEXT    NOT NULL DEFAULT 'off' CHECK (signing IN ('off', 'nsec', 'nsec3')),
    created       INTEGER NOT NULL              -- UTC microseconds
);

-- One row per record that is served. `owner` is relative to the zone and sorts as DNSSEC orders names (RFC 4034 6.1):
-- zone_key.h. `rdata` is in wire form, names in it uncompressed. No reference to table zone: with it each DELETE keeps a
-- statement journal, and a hundred thousand in one transaction take minutes.
CREATE TABLE record (
    zone_id INTEGER NOT NULL,
    owner   BLOB    NOT NULL,
    type    INTEGER NOT NULL,
    rdata   BLOB    NOT NULL,
    ttl     INTEGER NOT NULL,
    origin  INTEGER NOT NULL,                   -- 0 written (people, import, update, transfer); 1 a PTR that follows
                                                -- from an address; 2 made by signing
    PRIMARY KEY (zone_id, owner, type, rdata)
) WITHOUT ROWID;
-- Which names have an address: for the PTRs that follow (types A and AAAA).
CREATE INDEX record_by_address ON record (rdata) WHERE type IN (1, 28);
-- Who points to a name as its name server, mail server or service (NS, MX, SRV): for the checks, and the order of PTRs.
CREATE INDEX record_by_target ON record
    (zone_id, (CASE type WHEN 2 THEN rdata WHEN 15 THEN substr(rdata, 3) ELSE substr(rdata, 7) END))
    WHERE type IN (2, 15, 33);

-- The journal: what each revision removed and added, in order. dnsd applies it to its copy in memory, secondaries get
-- it by IXFR. Old revisions are forgotten (zone.base_revision says up to where).
CREATE TABLE change (
    zone_id  INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    number   INTEGER NOT NULL,                  -- from 1, within the revision
    added    INTEGER NOT NULL,                  -- 0: removed, 1: added
    owner    BLOB    NOT NULL,
    type     INTEGER NOT NULL,
    rdata    BLOB    NOT NULL,
    ttl      INTEGER NOT NULL,
    PRIMARY KEY (zone_id, revision, number)
) WITHOUT ROWID;

-- What was chosen for the name server: 'forwarders' (comma-separated addresses of the resolvers that the school's LAN
-- is served from), ...
CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
