-- The first words of a message (RFC 8970). NULL: it came before there were previews.
ALTER TABLE body ADD COLUMN preview TEXT;
