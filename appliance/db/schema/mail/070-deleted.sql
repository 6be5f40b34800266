-- Few messages have \Deleted at a time (bit 8), and EXPUNGE and CLOSE ask for them in mailboxes of any size.
CREATE INDEX message_deleted ON message (mailbox_id, uid) WHERE (flags & 8) != 0;
