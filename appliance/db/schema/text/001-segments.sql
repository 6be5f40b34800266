-- The full-text index of mail.db: a cache, made anew whenever it is missing or damaged (maild/mailbox/text).

-- The words of some bodies of one account.
CREATE TABLE segment (
    segment_id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,              -- 0: bodies that several accounts have
    bodies INTEGER NOT NULL,                  -- how many
    directory BLOB NOT NULL                   -- which (text/segment.h)
);
CREATE INDEX segment_by_account ON segment (account_id);

-- Words of a segment in order, and which bodies hold each. chunk_id: segment_id << 20 | part << 19 | number.
CREATE TABLE chunk (
    chunk_id INTEGER PRIMARY KEY,
    words BLOB NOT NULL,                      -- first, so that a search that finds none does not read the rest
    postings BLOB NOT NULL
);
