-- Accepted mail on its way. kp-in appends, kp-box routes, delivers and removes.

CREATE TABLE message (
    message_id INTEGER PRIMARY KEY,        -- time and random bits: in order of arrival
    sender TEXT NOT NULL,                  -- '' is the null sender <>
    login TEXT NOT NULL DEFAULT '',        -- who submitted it; '' came from outside or from the box itself
    received INTEGER NOT NULL,
    size INTEGER NOT NULL,                 -- bytes, with the Return-Path line
    return_path INTEGER NOT NULL,          -- bytes of the Return-Path line in front, left out when sent on
    envelope_id TEXT NOT NULL DEFAULT '',  -- ENVID (RFC 3461)
    returns INTEGER NOT NULL DEFAULT 0,    -- RET: 0 not said, 1 FULL, 2 HDRS
    smtputf8 INTEGER NOT NULL DEFAULT 0,
    eight_bit INTEGER NOT NULL DEFAULT 0,
    body BLOB                              -- NULL: the file spool/body/ID
);

CREATE TABLE recipient (
    message_id INTEGER NOT NULL REFERENCES message (message_id),
    number INTEGER NOT NULL,
    address TEXT NOT NULL,
    original TEXT NOT NULL DEFAULT '',     -- ORCPT
    notify INTEGER NOT NULL DEFAULT 0,     -- bits: 1 never, 2 success, 4 failure, 8 delay; 0: not said
    state INTEGER NOT NULL DEFAULT 0,      -- 0 to be routed, 1 waits for its destination, 2 held
    destination TEXT NOT NULL DEFAULT '',  -- domain, in state 1
    next_try INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_try INTEGER NOT NULL DEFAULT 0,
    last_reply TEXT NOT NULL DEFAULT '',
    warned INTEGER NOT NULL DEFAULT 0,     -- the sender knows that it is late
    PRIMARY KEY (message_id, number)
) WITHOUT ROWID;
CREATE INDEX recipient_due ON recipient (state, next_try, destination);

-- How many bytes still fit into mailboxes that are nearly full: kp-box writes it, kp-in refuses at RCPT by it.
CREATE TABLE room (
    account_id INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL                 -- may be negative
);
