-- The flags of a whole mailbox as they were at one moment, `modseq`: the same in all of its packs, which follow each
-- other without a gap, from UID 1. What changed since is looked up in mail.db.
CREATE TABLE flag_pack (
    mailbox_id INTEGER NOT NULL,
    first_uid INTEGER NOT NULL,
    last_uid INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    bytes BLOB NOT NULL,                      -- packs/flag_pack.h
    PRIMARY KEY (mailbox_id, first_uid)
);
