-- What people have chosen and written for themselves. Goes with the user.

-- key: 'look', 'language', 'time-zone' ... (appliance/directory/personal.h). No row: the school's or the browser's.
CREATE TABLE preference (
    user_id INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    key     TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    PRIMARY KEY (user_id, key)
) WITHOUT ROWID;

-- As whom somebody writes.
CREATE TABLE identity (
    user_id   INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    number    INTEGER NOT NULL,               -- 1 is the usual one
    name      TEXT    NOT NULL,
    address   TEXT    NOT NULL,               -- full, of this school
    signature TEXT    NOT NULL DEFAULT '',    -- plain text
    PRIMARY KEY (user_id, number)
) WITHOUT ROWID;

-- A password of a device tells what it is for; a web session, where it was opened.
ALTER TABLE app_password ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE app_password ADD COLUMN used INTEGER NOT NULL DEFAULT 0; -- about: not every use is written
