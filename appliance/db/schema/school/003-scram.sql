-- What SCRAM-SHA-256 needs to check a proof (RFC 5802 section 3); made whenever a password is set.
CREATE TABLE scram (
    user_id    INTEGER NOT NULL PRIMARY KEY REFERENCES user (user_id) ON DELETE CASCADE,
    salt       BLOB    NOT NULL,
    iterations INTEGER NOT NULL,
    stored_key BLOB    NOT NULL,
    server_key BLOB    NOT NULL
);
