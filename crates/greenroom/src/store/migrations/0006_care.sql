-- What a log's blob is proved by when it is read; null for what was mirrored before.
ALTER TABLE job ADD COLUMN log_sha256 TEXT;
