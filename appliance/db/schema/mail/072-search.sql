-- What SORT, THREAD and header SEARCH ask of a body (mailbox::SearchIndex). A table of its own, beside the wide rows of
-- `body`: sorting a mailbox reads some 300 bytes a message. Keys stand before the longer texts.
CREATE TABLE body_search (
    body_id INTEGER PRIMARY KEY REFERENCES body (body_id),
    version INTEGER NOT NULL,                 -- mailbox::search_index_version; another one counts as none
    sent INTEGER,
    sent_day INTEGER NOT NULL,
    is_reply INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    parents BLOB NOT NULL,                    -- 8 bytes each, the oldest first
    subject_key BLOB NOT NULL,
    from_key BLOB NOT NULL,
    to_key BLOB NOT NULL,
    cc_key BLOB NOT NULL,
    from_shown BLOB NOT NULL,
    to_shown BLOB NOT NULL,
    from_text BLOB NOT NULL,
    to_text BLOB NOT NULL,
    cc_text BLOB NOT NULL,
    bcc_text BLOB NOT NULL,
    subject_text BLOB NOT NULL
);

-- RFC 8474: the thread of an answer, as it was when it came. What is no answer begins the thread of its own key.
CREATE TABLE thread_member (
    account_id INTEGER NOT NULL,
    key INTEGER NOT NULL,                     -- mailbox::thread_key of the message itself
    thread INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) WITHOUT ROWID;

-- How far older bodies were walked to fill body_search (-1: all), for which version.
INSERT INTO counter (name, value) VALUES ('search_walked', 0);
INSERT INTO counter (name, value) VALUES ('search_version', 0);
