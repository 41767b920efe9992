-- The schema of the first release, before its changes were numbered.

CREATE TABLE consumed (
  topic VARCHAR(249) NOT NULL,
  number INTEGER NOT NULL,
  next_offset BIGINT NOT NULL,
  PRIMARY KEY (topic, number)
);

CREATE TABLE request (
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
CREATE INDEX request_age ON request (ended, updated_at);
CREATE INDEX request_newest ON request (queued_at, id);
CREATE INDEX request_image ON request (repository, digest);

-- A request as a whole (id = request_id), and each of its platforms. `shown` is false for what the API leaves out:
-- the whole, once its platforms are known.
CREATE TABLE conversion (
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
CREATE INDEX conversion_newest ON conversion (queued_at, id);
CREATE INDEX conversion_request ON conversion (request_id);
CREATE INDEX conversion_repository ON conversion (repository, queued_at);
CREATE INDEX conversion_digest ON conversion (digest);
CREATE INDEX conversion_manifest ON conversion (manifest_digest);
CREATE INDEX conversion_bundle ON conversion (conversion_id);
CREATE INDEX conversion_state ON conversion (state, queued_at);
CREATE INDEX conversion_state_changed ON conversion (state, updated_at);

-- Each state that a conversion has had. dead_letter is empty unless the state was set by a replay.
CREATE TABLE history (
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
CREATE INDEX history_request ON history (request_id);

-- BYTES stands for the database's own type without a small limit. `record` is JSON.
CREATE TABLE dead_letter (
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
CREATE INDEX dead_letter_newest ON dead_letter (dead_at, id);

-- The last replay of a letter, which may be known before the letter is.
CREATE TABLE replay (
  dead_letter VARCHAR(32) NOT NULL PRIMARY KEY,
  replayed_at TIMESTAMP WITH TIME ZONE NOT NULL
);

-- `requested` is the event's JSON, NULL until it is read; `entries` counts the rows of batch_entry, `listed_entries` is
-- what listing counted.
CREATE TABLE batch (
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
CREATE INDEX batch_newest ON batch (requested_at, id);

-- An image of a batch, by the request that it becomes. Its outcome outlives the request's rows.
CREATE TABLE batch_entry (
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
CREATE INDEX batch_entry_state ON batch_entry (batch_id, state, request_id);
CREATE INDEX batch_entry_ended ON batch_entry (batch_id, ended_at);

-- Which gateway does for a while what one alone shall do. Not computed from topics.
CREATE TABLE lease (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  owner VARCHAR(36) NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL
);

-- Runs of retention; `run` is JSON. Not computed from topics.
CREATE TABLE gc_run (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  dry_run BOOLEAN NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  run VARCHAR NOT NULL
);
