-- Who may write to a class, a group (guru, siswa, semua) or an alias, where that differs from what is usual for it.
CREATE TABLE list_policy (
    name    TEXT NOT NULL PRIMARY KEY,        -- local part, lower case: 'x-tkj-1', 'semua'
    writers TEXT NOT NULL CHECK (writers IN ('everyone', 'school', 'teachers', 'members', 'named'))
) WITHOUT ROWID;

-- People with a right on a list: to write to it although the policy does not say so, or to send mail as it.
CREATE TABLE list_right (
    name     TEXT    NOT NULL,                -- as above
    user_id  INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    may_send INTEGER NOT NULL,                -- 0: may write to the list, 1: may also send as the list
    PRIMARY KEY (name, user_id)
) WITHOUT ROWID;
