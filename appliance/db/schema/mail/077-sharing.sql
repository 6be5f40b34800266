-- Mailboxes that others than the owner use, and notes about mailboxes.

-- What somebody may do in a mailbox of another account (RFC 4314).
CREATE TABLE acl (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (mailbox_id),
    identifier TEXT NOT NULL,                 -- 'anyone', '$x-tkj-1', '@' and a user_id; '-' before it: taken away
    rights INTEGER NOT NULL,                  -- bits of mailbox::Right
    PRIMARY KEY (mailbox_id, identifier)
) WITHOUT ROWID;
CREATE INDEX acl_by_identifier ON acl (identifier, mailbox_id);

-- What a reader who is not the owner has read: \Seen is each reader's own.
CREATE TABLE reader_seen (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (mailbox_id),
    account_id INTEGER NOT NULL,              -- the reader
    uid INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, account_id, uid)
) WITHOUT ROWID;

-- Shared mailboxes that a reader's client was given as subscribed once; he may unsubscribe for good.
CREATE TABLE offered (
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, name)
) WITHOUT ROWID;

-- RFC 5464: '/shared/comment' and the like.
CREATE TABLE annotation (
    mailbox_id INTEGER NOT NULL,              -- 0: of the server
    account_id INTEGER NOT NULL,              -- whose private entry; 0: a shared one
    entry TEXT NOT NULL,                      -- lower case
    value BLOB NOT NULL,
    PRIMARY KEY (mailbox_id, account_id, entry)
) WITHOUT ROWID;
