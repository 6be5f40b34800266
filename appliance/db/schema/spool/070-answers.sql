-- Whom a person's automatic answer was sent to, and when last (RFC 3834 section 2). Forgotten after 61 days.
CREATE TABLE answered (
    account_id INTEGER NOT NULL,
    sender TEXT NOT NULL,                  -- lower case
    answered INTEGER NOT NULL,
    PRIMARY KEY (account_id, sender)
) WITHOUT ROWID;
CREATE INDEX answered_by_age ON answered (answered);
