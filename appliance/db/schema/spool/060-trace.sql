-- What became of every message, kept when the message itself has gone. No subject and no text: only its way.
-- Both tables grow at their end, and are searched by walking over the days asked for.

CREATE TABLE traced (
    message_id INTEGER PRIMARY KEY,
    accepted INTEGER NOT NULL,
    sender TEXT NOT NULL,                  -- '' is the null sender <>
    login TEXT NOT NULL,
    recipients TEXT NOT NULL,              -- as accepted, a line each
    size INTEGER NOT NULL,
    header_id TEXT NOT NULL,               -- the Message-ID field
    peer TEXT NOT NULL,                    -- address; 'local': the webmail; '': the box itself
    hello TEXT NOT NULL,
    protocol TEXT NOT NULL,                -- 'ESMTPSA'
    tls TEXT NOT NULL,
    about INTEGER NOT NULL                 -- a report: of which message
);

CREATE TABLE event (
    message_id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,             -- microseconds << 12: when, and in order
    kind INTEGER NOT NULL,                 -- queue::TraceKind
    recipient TEXT NOT NULL,               -- the address it is about; '': the whole message
    place TEXT NOT NULL,                   -- logins or addresses, a line each; a host; a report's id
    status TEXT NOT NULL,                  -- '5.1.1'
    reply TEXT NOT NULL,                   -- the other server's words, or our reason
    next_try INTEGER NOT NULL,             -- of a deferral, else 0
    PRIMARY KEY (message_id, event_id)
) WITHOUT ROWID;

-- Mail that was refused before there was a message: by strangers, so only so many of an address and hour are kept.
CREATE TABLE refused (
    refused_id INTEGER PRIMARY KEY,        -- microseconds << 12 of the first time
    last INTEGER NOT NULL,
    count INTEGER NOT NULL,
    peer TEXT NOT NULL,
    hello TEXT NOT NULL,
    login TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,               -- '': several
    reply TEXT NOT NULL
);
