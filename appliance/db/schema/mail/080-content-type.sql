-- "Mail with files" is a search for this field: without a column the header of every message had to be read. The rows that
-- are there get theirs by themselves: mailbox::search_index_version was raised with it.
ALTER TABLE body_search ADD COLUMN type_text BLOB NOT NULL DEFAULT x'';
