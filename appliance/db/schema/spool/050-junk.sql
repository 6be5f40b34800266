ALTER TABLE message ADD COLUMN junk INTEGER NOT NULL DEFAULT 0;         -- 1: into Junk, as DMARC of its From domain says
