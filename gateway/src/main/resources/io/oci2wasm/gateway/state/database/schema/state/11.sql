-- What is shown, the last first. Half of the rows are not: a request's own, once its platforms are
-- known. They would stand in the way of what waits and is at work.
CREATE INDEX IF NOT EXISTS conversion_shown ON conversion (shown, queued_at DESC, id);
CREATE INDEX IF NOT EXISTS conversion_shown_of_state
  ON conversion (shown, state, queued_at DESC, id);
CREATE INDEX IF NOT EXISTS conversion_shown_of_stage
  ON conversion (shown, stage, queued_at DESC, id);
CREATE INDEX IF NOT EXISTS conversion_shown_of_repository
  ON conversion (shown, repository, queued_at DESC, id);
CREATE INDEX IF NOT EXISTS conversion_shown_changed
  ON conversion (shown, state, updated_at DESC, id);
DROP INDEX IF EXISTS conversion_newest;
DROP INDEX IF EXISTS conversion_newest_of_state;
DROP INDEX IF EXISTS conversion_newest_of_repository;
DROP INDEX IF EXISTS conversion_state_changed;

-- Dead letters, the last first; and those whose time is over.
CREATE INDEX IF NOT EXISTS dead_letter_last ON dead_letter (dead_at DESC, id);
DROP INDEX IF EXISTS dead_letter_newest;
CREATE INDEX IF NOT EXISTS replay_age ON replay (replayed_at);

-- The names of all repositories, by which patterns find the conversions of few.
CREATE TABLE IF NOT EXISTS repository (
  name VARCHAR NOT NULL PRIMARY KEY
);
INSERT INTO repository (name)
  SELECT DISTINCT repository FROM conversion c
  WHERE NOT EXISTS (SELECT 1 FROM repository r WHERE r.name = c.repository);
