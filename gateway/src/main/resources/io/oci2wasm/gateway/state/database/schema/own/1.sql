-- The tables of the gateways' own, as the first release had them. They are not computed from
-- topics: no change of the schema and no rebuild empties them.

-- Which gateway does for a while what one alone shall do.
CREATE TABLE IF NOT EXISTS lease (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  owner VARCHAR(36) NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL
);

-- Runs of retention; `run` is JSON.
CREATE TABLE IF NOT EXISTS gc_run (
  id VARCHAR(36) NOT NULL PRIMARY KEY,
  dry_run BOOLEAN NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  run VARCHAR NOT NULL
);
