-- The zones that dnsd answers for. Keys are made by the application.
CREATE TABLE zones (
    id       INTEGER NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,      -- absolute, lower case: 'smkn1pendalian.sch.id.'
    revision INTEGER NOT NULL,             -- goes up with every change; dnsd reads a zone again when it differs
    created  INTEGER NOT NULL              -- UTC microseconds
);

-- One row per record, the SOA included. Texts are those of a zone file.
CREATE TABLE zone_records (
    zone_id INTEGER NOT NULL REFERENCES zones (id),
    owner   TEXT    NOT NULL,              -- absolute, lower case
    type    TEXT    NOT NULL,              -- 'A', 'MX', ...
    rdata   TEXT    NOT NULL,
    ttl     INTEGER NOT NULL,
    PRIMARY KEY (zone_id, owner, type, rdata)
) WITHOUT ROWID;
