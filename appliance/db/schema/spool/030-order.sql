-- The order of work: who waits where, so that nothing in the queue is found by reading all of it.

ALTER TABLE message ADD COLUMN sender_verified INTEGER NOT NULL DEFAULT 0; -- its sender may be told (queue/README.md)
CREATE INDEX message_received ON message (received);                    -- small, for counting

ALTER TABLE recipient ADD COLUMN origin TEXT NOT NULL DEFAULT '';       -- whose turn it is: the login, else the sender
ALTER TABLE recipient ADD COLUMN class INTEGER NOT NULL DEFAULT 1;      -- 0 premium, 1 standard, 2 bulk
ALTER TABLE recipient ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;       -- in its class, lowest first: minus MT-PRIORITY
ALTER TABLE recipient ADD COLUMN deadline INTEGER NOT NULL DEFAULT 0;   -- then somebody must be told; 0: never; 1: give up
UPDATE recipient SET origin = (SELECT CASE WHEN login <> '' THEN login ELSE sender END FROM message m
                               WHERE m.message_id = recipient.message_id);
UPDATE recipient SET deadline = (SELECT received + 14400000000 FROM message m WHERE m.message_id = recipient.message_id)
    WHERE state = 1;

DROP INDEX recipient_due;
CREATE INDEX recipient_incoming ON recipient (rank, next_try, message_id) WHERE state = 0;
CREATE INDEX recipient_turn ON recipient (destination, class, rank, origin, next_try, message_id) WHERE state = 1;
CREATE INDEX recipient_next ON recipient (destination, next_try) WHERE state = 1;
CREATE INDEX recipient_late ON recipient (deadline) WHERE state = 1 AND deadline > 0;
CREATE INDEX recipient_held ON recipient (message_id) WHERE state = 2;

-- Every destination that somebody waits for, and how long nobody has answered there.
CREATE TABLE destination (
    destination TEXT PRIMARY KEY,
    ready INTEGER NOT NULL,                -- nothing is to be tried before; perhaps nothing then
    until INTEGER NOT NULL DEFAULT 0,      -- nobody answered: rests until then, then one message tries
    failures INTEGER NOT NULL DEFAULT 0,   -- times in a row that nobody answered
    reply TEXT NOT NULL DEFAULT ''         -- why
) WITHOUT ROWID;
CREATE INDEX destination_ready ON destination (ready);
INSERT INTO destination (destination, ready) SELECT destination, MIN(next_try) FROM recipient WHERE state = 1
    GROUP BY destination;

-- Recipients elsewhere in the last hours: who sends masses is moved to bulk by them, and back.
CREATE TABLE origin (
    origin TEXT PRIMARY KEY,
    since INTEGER NOT NULL,                -- the window that is counted now
    count INTEGER NOT NULL,
    before INTEGER NOT NULL                -- of the window in front of it
) WITHOUT ROWID;
