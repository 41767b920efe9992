-- How many images of each batch are in each state, and what they add up to: batch_entry grouped by
-- batch and state, kept with every change of it. States without images have no row.
CREATE TABLE IF NOT EXISTS batch_count (
  batch_id VARCHAR(32) NOT NULL,
  state VARCHAR(8) NOT NULL,
  images INTEGER NOT NULL,
  platforms_running INTEGER NOT NULL,
  platforms_built INTEGER NOT NULL,
  platforms_reused INTEGER NOT NULL,
  platforms_skipped INTEGER NOT NULL,
  platforms_failed INTEGER NOT NULL,
  bytes_fetched BIGINT NOT NULL,
  bytes_built BIGINT NOT NULL,
  PRIMARY KEY (batch_id, state)
);
DELETE FROM batch_count;
INSERT INTO batch_count (batch_id, state, images, platforms_running, platforms_built,
    platforms_reused, platforms_skipped, platforms_failed, bytes_fetched, bytes_built)
  SELECT batch_id, state, COUNT(*), SUM(platforms_running), SUM(platforms_built),
    SUM(platforms_reused), SUM(platforms_skipped), SUM(platforms_failed), SUM(fetched_bytes),
    SUM(built_bytes)
  FROM batch_entry GROUP BY batch_id, state;

-- Which image of a batch ended last.
CREATE INDEX IF NOT EXISTS batch_entry_last ON batch_entry (batch_id, ended_at DESC);
DROP INDEX IF EXISTS batch_entry_ended;

-- The images of scans that a request asks for, too.
CREATE INDEX IF NOT EXISTS batch_entry_image ON batch_entry (repository, digest);
