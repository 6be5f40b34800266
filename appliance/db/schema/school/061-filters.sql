-- What becomes of somebody's mail when it arrives (appliance/directory/filters.h). Goes with the user.
CREATE TABLE filter (
    filter_id INTEGER NOT NULL PRIMARY KEY,   -- random
    user_id   INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    position  INTEGER NOT NULL,               -- they are tried in this order
    name      TEXT    NOT NULL,
    enabled   INTEGER NOT NULL DEFAULT 1,
    needs_all INTEGER NOT NULL DEFAULT 1,     -- else one condition is enough
    stops     INTEGER NOT NULL DEFAULT 0      -- no later filter looks at the mail
);
CREATE INDEX filter_by_user ON filter (user_id, position);

CREATE TABLE filter_condition (
    filter_id INTEGER NOT NULL REFERENCES filter (filter_id) ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    what      TEXT    NOT NULL,               -- 'from', 'to', 'subject', 'list', 'header', 'size', 'attachment'
    header    TEXT    NOT NULL DEFAULT '',    -- the field's name, for 'header'
    how       TEXT    NOT NULL,               -- 'contains', 'lacks', 'is', 'begins', 'ends', 'above', 'below'
    value     TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (filter_id, number)
) WITHOUT ROWID;

CREATE TABLE filter_action (
    filter_id INTEGER NOT NULL REFERENCES filter (filter_id) ON DELETE CASCADE,
    number    INTEGER NOT NULL,
    what      TEXT    NOT NULL,               -- 'move', 'label', 'star', 'read', 'copy', 'trash'
    value     TEXT    NOT NULL DEFAULT '',    -- folder, label, address
    PRIMARY KEY (filter_id, number)
) WITHOUT ROWID;

-- RFC 3834: what is answered while somebody is away.
CREATE TABLE vacation (
    user_id  INTEGER NOT NULL PRIMARY KEY REFERENCES user (user_id) ON DELETE CASCADE,
    enabled  INTEGER NOT NULL,
    subject  TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    begins   INTEGER NOT NULL,                -- 0: at once
    ends     INTEGER NOT NULL,                -- 0: until it is switched off
    audience TEXT    NOT NULL,                -- 'school', 'everybody'
    days     INTEGER NOT NULL                 -- between two answers to one sender
);
