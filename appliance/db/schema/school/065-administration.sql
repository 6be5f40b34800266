-- Which people look after a class in the web administration: they see its pupils, give them new passwords, and say who
-- may write to it. A class may have several, and somebody several classes.
CREATE TABLE class_teacher (
    class_id INTEGER NOT NULL REFERENCES class (class_id) ON DELETE CASCADE,
    user_id  INTEGER NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
    PRIMARY KEY (class_id, user_id)
) WITHOUT ROWID;
CREATE INDEX class_teacher_by_user ON class_teacher (user_id);

-- Who did what in the web administration. Only added to: nobody's traces are wiped by mistake, nor by a page.
CREATE TABLE audit (
    audit_id INTEGER NOT NULL PRIMARY KEY,    -- UTC microseconds, and in order
    login    TEXT    NOT NULL,                -- who; the name as it was, whatever becomes of the person
    peer     TEXT    NOT NULL,                -- from which address
    action   TEXT    NOT NULL,                -- 'user.password', 'queue.delete', ...
    subject  TEXT    NOT NULL,                -- on whom or what
    detail   TEXT    NOT NULL                 -- never a password
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
