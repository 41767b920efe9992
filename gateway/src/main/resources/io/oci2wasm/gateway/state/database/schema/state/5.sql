-- The manifests and indexes that the index of a request lists, at any depth. A request that a
-- webhook made of one of them without a tag, before the index came, is part of the index's.
CREATE TABLE IF NOT EXISTS child (
  request_id VARCHAR(32) NOT NULL,
  digest VARCHAR(71) NOT NULL,
  PRIMARY KEY (request_id, digest)
);
CREATE INDEX IF NOT EXISTS child_digest ON child (digest);
ALTER TABLE request ADD COLUMN IF NOT EXISTS part_of VARCHAR(32);
CREATE INDEX IF NOT EXISTS request_part ON request (part_of);
