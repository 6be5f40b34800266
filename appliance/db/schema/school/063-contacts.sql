-- Whom somebody writes to, and what he writes often. Goes with the user.

CREATE TABLE contact (
    contact_id   INTEGER PRIMARY KEY,         -- random
    user_id      INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    phone        TEXT    NOT NULL DEFAULT '',
    organisation TEXT    NOT NULL DEFAULT '',
    note         TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX contact_user ON contact (user_id);

CREATE TABLE contact_address (
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,              -- 1 is the usual one
    address    TEXT    NOT NULL,
    PRIMARY KEY (contact_id, number)
) WITHOUT ROWID;

-- A group is there as long as somebody is in it.
CREATE TABLE contact_group (
    contact_id INTEGER NOT NULL REFERENCES contact (contact_id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    PRIMARY KEY (contact_id, name)
) WITHOUT ROWID;

-- Ready-made texts.
CREATE TABLE canned (
    canned_id INTEGER PRIMARY KEY,            -- random
    user_id   INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    title     TEXT    NOT NULL,
    text      TEXT    NOT NULL
);
CREATE INDEX canned_user ON canned (user_id);
