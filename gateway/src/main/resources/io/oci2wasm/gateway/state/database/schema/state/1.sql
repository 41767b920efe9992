-- The tables of what the API shows, as the first release had them. All of it is computed from the
-- topics. gateway/README.md says how to add a column or a table.

-- One row: the Kafka cluster whose topics these are. schema_version is read by the first release
-- only, and stays.
CREATE TABLE IF NOT EXISTS projection (
  schema_version INTEGER NOT NULL,
  cluster VARCHAR
);
INSERT INTO projection (schema_version)
  SELECT 4 WHERE NOT EXISTS (SELECT 1 FROM projection);

CREATE TABLE IF NOT EXISTS consumed (
  topic VARCHAR(249) NOT NULL,
  number INTEGER NOT NULL,
  next_offset BIGINT NOT NULL,
  PRIMARY KEY (topic, number)
);

CREATE TABLE IF NOT EXISTS request (
  id VARCHAR(32) NOT NULL PRIMARY KEY,
  lane VARCHAR(8) NOT NULL,
  sender VARCHAR,
  registry VARCHAR NOT NULL,
  repository VARCHAR NOT NULL,
  tag VARCHAR,
  digest VARCHAR(71),
  outcomes INTEGER,
  ended BOOLEAN NOT NULL,
  queued_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX IF NOT EXISTS request_age ON request (ended, updated_at);
CREATE INDEX IF NOT EXISTS request_newest ON request (queued_at, id);
CREATE INDEX IF NOT EXISTS request_image ON request (repository, digest);

-- A request as a whole (id = request_id), and each of its platforms. `shown` is false for what the
-- API leaves out: the whole, once its platforms are known.
CREATE TABLE IF NOT EXISTS conversion (
  id VARCHAR(45) NOT NULL PRIMARY KEY,
  request_id VARCHAR(32) NOT NULL,
  shown BOOLEAN NOT NULL,
  lane VARCHAR(8) NOT NULL,
  registry VARCHAR NOT NULL,
  repository VARCHAR NOT NULL,
  tag VARCHAR,
  digest VARCHAR(71),
  platform VARCHAR,
  manifest_digest VARCHAR(71),
  state VARCHAR(16) NOT NULL,
  conversion_id VARCHAR(64),
  reused BOOLEAN,
  layer_count INTEGER,
  layers_converted INTEGER,
  bundle_key VARCHAR,
  bundle_digest VARCHAR(71),
  bundle_size BIGINT,
  reason VARCHAR(32),
  message VARCHAR,
  queued_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX IF NOT EXISTS conversion_newest ON conversion (queued_at, id);
CREATE INDEX IF NOT EXISTS conversion_request ON conversion (request_id);
CREATE INDEX IF NOT EXISTS conversion_repository ON conversion (repository, queued_at);
CREATE INDEX IF NOT EXISTS conversion_digest ON conversion (digest);
CREATE INDEX IF NOT EXISTS conversion_manifest ON conversion (manifest_digest);
CREATE INDEX IF NOT EXISTS conversion_bundle ON conversion (conversion_id);
CREATE INDEX IF NOT EXISTS conversion_state ON conversion (state, queued_at);
CREATE INDEX IF NOT EXISTS conversion_state_changed ON conversion (state, updated_at);

-- Each state that a conversion has had. dead_letter is empty unless the state was set by a replay.
CREATE TABLE IF NOT EXISTS history (
  id VARCHAR(45) NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  state VARCHAR(16) NOT NULL,
  stage VARCHAR(16) NOT NULL,
  attempt INTEGER NOT NULL,
  dead_letter VARCHAR(32) NOT NULL,
  request_id VARCHAR(32) NOT NULL,
  reason VARCHAR(32),
  message VARCHAR,
  PRIMARY KEY (id, occurred_at, state, stage, attempt, dead_letter)
);
CREATE INDEX IF NOT EXISTS history_request ON history (request_id);

-- BYTES stands for the database's own type without a small limit. `record` is JSON.
CREATE TABLE IF NOT EXISTS dead_letter (
  id VARCHAR(32) NOT NULL PRIMARY KEY,
  source VARCHAR(8) NOT NULL,
  stage VARCHAR(16) NOT NULL,
  lane VARCHAR(8),
  request_id VARCHAR(32),
  registry VARCHAR,
  repository VARCHAR,
  tag VARCHAR,
  digest VARCHAR(71),
  reason VARCHAR(32) NOT NULL,
  message VARCHAR NOT NULL,
  attempts INTEGER NOT NULL,
  first_failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  dead_at TIMESTAMP WITH TIME ZONE NOT NULL,
  origin_topic VARCHAR,
  origin_partition INTEGER,
  origin_offset BIGINT,
  record BYTES NOT NULL
);
CREATE INDEX IF NOT EXISTS dead_letter_newest ON dead_letter (dead_at, id);

-- The last replay of a letter, which may be known before the letter is.
CREATE TABLE IF NOT EXISTS replay (
  dead_letter VARCHAR(32) NOT NULL PRIMARY KEY,
  replayed_at TIMESTAMP WITH TIME ZONE NOT NULL
);

-- `requested` is the event's JSON, NULL until it is read; `entries` counts the rows of batch_entry,
-- `listed_entries` is what listing counted.
CREATE TABLE IF NOT EXISTS batch (
  id VARCHAR(32) NOT NULL PRIMARY KEY,
  kind VARCHAR(16),
  registry VARCHAR,
  requested VARCHAR,
  requested_at TIMESTAMP WITH TIME ZONE,
  listed_at TIMESTAMP WITH TIME ZONE,
  listed_entries INTEGER,
  failed_at TIMESTAMP WITH TIME ZONE,
  message VARCHAR,
  paused_at TIMESTAMP WITH TIME ZONE,
  resumed_at TIMESTAMP WITH TIME ZONE,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  entries INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS batch_newest ON batch (requested_at, id);

-- An image of a batch, by the request that it becomes. Its outcome outlives the request's rows.
CREATE TABLE IF NOT EXISTS batch_entry (
  request_id VARCHAR(32) NOT NULL PRIMARY KEY,
  batch_id VARCHAR(32) NOT NULL,
  registry VARCHAR NOT NULL,
  repository VARCHAR NOT NULL,
  tag VARCHAR,
  digest VARCHAR(71),
  state VARCHAR(8) NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  platforms_running INTEGER NOT NULL,
  platforms_built INTEGER NOT NULL,
  platforms_reused INTEGER NOT NULL,
  platforms_skipped INTEGER NOT NULL,
  platforms_failed INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS batch_entry_state ON batch_entry (batch_id, state, request_id);
CREATE INDEX IF NOT EXISTS batch_entry_ended ON batch_entry (batch_id, ended_at);
