-- Our own fields in front of a message: they may depend on all of it (Authentication-Results), so they are not in its file.
ALTER TABLE message ADD COLUMN head BLOB NOT NULL DEFAULT x'';          -- Return-Path, Received, ...; `body` comes behind it

-- What the extensions of SMTP let a sender ask of the transport.
ALTER TABLE message RENAME COLUMN eight_bit TO body_type;               -- BODY: 0 7BIT, 1 8BITMIME, 2 BINARYMIME
ALTER TABLE message ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;     -- MT-PRIORITY (RFC 6710): -9 to 9
ALTER TABLE message ADD COLUMN require_tls INTEGER NOT NULL DEFAULT 0;  -- REQUIRETLS (RFC 8689)
ALTER TABLE message ADD COLUMN release INTEGER NOT NULL DEFAULT 0;      -- FUTURERELEASE (RFC 4865): not before; 0: at once
ALTER TABLE message ADD COLUMN deliver_by INTEGER NOT NULL DEFAULT 0;   -- DELIVERBY (RFC 2852): until; 0: not said
ALTER TABLE message ADD COLUMN deliver_by_mode INTEGER NOT NULL DEFAULT 0; -- bits: 1 return (else notify), 2 trace
