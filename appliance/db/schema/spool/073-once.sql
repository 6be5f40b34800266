-- The webmail hands in a mail again when it does not know whether it had done so: by its Message-ID it goes out once.
CREATE INDEX traced_local ON traced (header_id) WHERE peer = 'local';
