-- Mail that waits for its release (FUTURERELEASE): whose it is, to list it and to take it back.
CREATE INDEX message_release ON message (login, release) WHERE release > 0;
