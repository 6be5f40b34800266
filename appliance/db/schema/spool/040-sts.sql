-- Policies of MTA-STS (RFC 8461) that were fetched from other domains: a restart must not lose the protection.
CREATE TABLE sts_policy (
    domain TEXT PRIMARY KEY,
    policy_id TEXT NOT NULL,   -- of the TXT record
    policy TEXT NOT NULL,      -- the file as it was fetched
    fetched INTEGER NOT NULL,
    expires INTEGER NOT NULL   -- fetched and max_age
) WITHOUT ROWID;
