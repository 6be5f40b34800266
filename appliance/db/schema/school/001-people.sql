-- Who is at this school, which addresses exist, and what was chosen at setup.

-- key: 'school.name', 'domain', 'hostname', 'mail.outside' ('offline' or 'direct'), ...
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE class (
    class_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE, -- "X-TKJ-1"; its address is the name in lower case
    created INTEGER NOT NULL
);

CREATE TABLE user (
    user_id INTEGER PRIMARY KEY,              -- random, never used again: names the mailboxes
    login TEXT NOT NULL UNIQUE,               -- lower case
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL CHECK (role IN ('pupil', 'teacher', 'staff', 'head', 'admin')),
    class_id INTEGER REFERENCES class (class_id),
    quota INTEGER NOT NULL,                   -- bytes; 0: no limit
    password TEXT NOT NULL,                   -- crypt(5) hash (yescrypt)
    enabled INTEGER NOT NULL DEFAULT 1,
    language TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL
);
CREATE INDEX user_by_class ON user (class_id);

-- Another name for one or more addresses: "info" -> "ali", "budi", "x@elsewhere.example".
CREATE TABLE alias (
    name TEXT NOT NULL,                       -- local part, lower case
    target TEXT NOT NULL,                     -- login, class or alias of this school, or a full address
    created INTEGER NOT NULL,
    PRIMARY KEY (name, target)
) WITHOUT ROWID;

-- Random passwords made by the box itself: a web session now, one per device later. Only a hash is kept.
CREATE TABLE app_password (
    token_hash BLOB PRIMARY KEY,              -- SHA-256 of the random token
    user_id INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,                    -- 'web'
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX app_password_by_user ON app_password (user_id);
