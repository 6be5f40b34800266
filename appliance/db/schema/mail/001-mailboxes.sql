-- Mailboxes and messages of all accounts. Times are UTC microseconds, keys are made by the application.

-- One row per user of the school database (directory::UserId). The counters are those of all its mailboxes.
CREATE TABLE account (
    account_id INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
);

CREATE TABLE mailbox (
    mailbox_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (account_id),
    name TEXT NOT NULL,                       -- UTF-8, '/' between levels
    special_use INTEGER NOT NULL DEFAULT 0,   -- mailbox::SpecialUse
    uid_validity INTEGER NOT NULL UNIQUE,     -- never used again, also not by another mailbox
    uid_next INTEGER NOT NULL DEFAULT 1,
    highest_modseq INTEGER NOT NULL DEFAULT 1,
    messages INTEGER NOT NULL DEFAULT 0,
    unseen INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0,
    recent_from INTEGER NOT NULL DEFAULT 1,
    created INTEGER NOT NULL,
    UNIQUE (account_id, name)
);

-- Names that a client wants to see; they need not exist as mailboxes (RFC 9051 6.3.7).
CREATE TABLE subscription (
    account_id INTEGER NOT NULL REFERENCES account (account_id),
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, name)
) WITHOUT ROWID;

-- A message's bytes and what IMAP asks of them, once for all its copies.
CREATE TABLE body (
    body_id INTEGER PRIMARY KEY,              -- grows with time: new rows go to the end
    hash BLOB NOT NULL UNIQUE,                -- SHA-256
    size INTEGER NOT NULL,
    in_file INTEGER NOT NULL,                 -- 1: blobs/ab/HASH holds the bytes, 0: header and body_text do
    envelope BLOB NOT NULL,
    body_structure BLOB NOT NULL,
    plain_body BLOB NOT NULL,
    header_complete INTEGER NOT NULL,
    header BLOB NOT NULL
);

-- The rest of a small message. A table of its own, so that reading many headers does not read this.
CREATE TABLE body_text (
    body_id INTEGER PRIMARY KEY REFERENCES body (body_id),
    header_bytes INTEGER NOT NULL,            -- so many bytes of body.header come before `rest`
    rest BLOB NOT NULL
);

CREATE TABLE message (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (mailbox_id),
    uid INTEGER NOT NULL,
    body_id INTEGER NOT NULL REFERENCES body (body_id),
    size INTEGER NOT NULL,
    internal_date INTEGER NOT NULL,
    saved INTEGER NOT NULL,                   -- when it came into this mailbox (RFC 8514)
    flags INTEGER NOT NULL,                   -- bits of mailbox::Flag
    keywords TEXT NOT NULL,                   -- separated by spaces, sorted
    created_modseq INTEGER NOT NULL,          -- grows with uid
    modseq INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, uid)
) WITHOUT ROWID;
-- Who refers to a body: a delivery appends at the end of this index.
CREATE INDEX message_by_body ON message (body_id);
-- Only messages whose flags changed since they came; new ones are found by their UID.
CREATE INDEX message_changed ON message (mailbox_id, modseq) WHERE modseq > created_modseq;

-- The UIDs that went, as ranges.
CREATE TABLE expunged (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (mailbox_id),
    modseq INTEGER NOT NULL,
    first_uid INTEGER NOT NULL,
    last_uid INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, modseq, first_uid)
) WITHOUT ROWID;

-- The spelling of a keyword's first use in a mailbox.
CREATE TABLE keyword (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (mailbox_id),
    folded TEXT NOT NULL,                     -- in lower case
    spelling TEXT NOT NULL,
    PRIMARY KEY (mailbox_id, folded)
) WITHOUT ROWID;

-- Bodies that lost a reference: the sweep looks whether it was the last one.
CREATE TABLE released (
    since INTEGER NOT NULL,
    mailbox_id INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    body_id INTEGER NOT NULL,
    PRIMARY KEY (since, mailbox_id, uid)
) WITHOUT ROWID;

-- What was delivered already: a delivery is tried again after a crash, and must not arrive twice.
CREATE TABLE delivery_key (
    account_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    uid INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) WITHOUT ROWID;
CREATE INDEX delivery_key_by_age ON delivery_key (delivered);

-- name 'uid_validity': the last one given.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('uid_validity', 0);
