-- When a delivered mail was read for the first time, for the trace.
ALTER TABLE message ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;       -- the spool's message_id; 0: it was not delivered
CREATE TABLE reading (
    origin INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    means INTEGER NOT NULL,                -- mailbox::Means
    PRIMARY KEY (origin, account_id)
) WITHOUT ROWID;
