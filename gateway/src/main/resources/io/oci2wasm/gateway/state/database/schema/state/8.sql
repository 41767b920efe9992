-- Failures are counted by what they have in common, and looked up by their request.
CREATE INDEX IF NOT EXISTS dead_letter_group
  ON dead_letter (stage, reason, registry, repository, dead_at, id);
CREATE INDEX IF NOT EXISTS dead_letter_request ON dead_letter (request_id);

-- A repository's tags, and the requests of each, the last first.
CREATE INDEX IF NOT EXISTS request_tag
  ON request (registry, repository, tag, queued_at DESC, id);
CREATE INDEX IF NOT EXISTS request_repository
  ON request (registry, repository, queued_at DESC, id);

-- Conversions of one state, or one repository, the last first.
CREATE INDEX IF NOT EXISTS conversion_newest_of_state ON conversion (state, queued_at DESC, id);
CREATE INDEX IF NOT EXISTS conversion_newest_of_repository
  ON conversion (repository, queued_at DESC, id);

-- Who asked for images of each registry, and when last.
CREATE INDEX IF NOT EXISTS request_sender ON request (registry, sender, queued_at DESC);

-- What was fetched from the registry for a request, where ingest has told it; of an image of a
-- batch also how large the bundles are that were built for it. Rows that are there stay as they are.
ALTER TABLE request ADD COLUMN IF NOT EXISTS fetched_bytes BIGINT;
ALTER TABLE batch_entry ADD COLUMN IF NOT EXISTS fetched_bytes BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE batch_entry ADD COLUMN IF NOT EXISTS built_bytes BIGINT DEFAULT 0 NOT NULL;
