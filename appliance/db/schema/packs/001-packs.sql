-- What lists, SEARCH, SORT and THREAD read of whole mailboxes, side by side: a cache of mail.db, made anew whenever it
-- is missing or damaged (maild/mailbox/packs).

-- One thing (packs::Kind) of the messages of a mailbox with these UIDs. The packs of a kind follow each other without a
-- gap, from UID 1.
CREATE TABLE pack (
    mailbox_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    first_uid INTEGER NOT NULL,
    last_uid INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    bytes BLOB NOT NULL,                      -- packs/pack.h
    PRIMARY KEY (mailbox_id, kind, first_uid)
);
