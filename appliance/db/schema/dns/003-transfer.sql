-- Other servers and programs that have to do with our zones. TSIG secrets are not here: they are files in dns-keys/.

-- Those that may copy a zone, and are told when it changes.
CREATE TABLE secondary (
    zone_id INTEGER NOT NULL REFERENCES zone (zone_id) ON DELETE CASCADE,
    address TEXT    NOT NULL,                   -- '192.168.20.1:53', '[fd00::1]:53'
    key     TEXT    NOT NULL DEFAULT '',        -- a TSIG key that must sign, or ''
    PRIMARY KEY (zone_id, address)
) WITHOUT ROWID;

-- Where a zone of kind 'secondary' comes from.
CREATE TABLE primary_server (
    zone_id   INTEGER NOT NULL PRIMARY KEY REFERENCES zone (zone_id) ON DELETE CASCADE,
    address   TEXT    NOT NULL,
    key       TEXT    NOT NULL DEFAULT '',
    refreshed INTEGER NOT NULL DEFAULT 0,       -- UTC microseconds: when the primary last said what is current
    trouble   TEXT    NOT NULL DEFAULT ''       -- why the last attempt failed
) WITHOUT ROWID;

-- Who may change a zone by UPDATE (RFC 2136), and what in it.
CREATE TABLE update_key (
    zone_id INTEGER NOT NULL REFERENCES zone (zone_id) ON DELETE CASCADE,
    key     TEXT    NOT NULL,
    names   TEXT    NOT NULL DEFAULT '*',       -- '*', or names relative to the zone, '*.lab' with all below, separated by ','
    types   TEXT    NOT NULL DEFAULT 'A,AAAA,DHCID,PTR,TXT',
    PRIMARY KEY (zone_id, key)
) WITHOUT ROWID;

-- 'waiting': a secondary zone that was never transferred; 'expired': its primary has been silent for too long. Both are
-- answered with SERVFAIL. Every change of it raises the revision.
ALTER TABLE zone ADD COLUMN state TEXT NOT NULL DEFAULT 'good' CHECK (state IN ('good', 'waiting', 'expired'));
