-- conversion_newest_of_state and conversion_newest_of_repository find the same rows.
DROP INDEX IF EXISTS conversion_state;
DROP INDEX IF EXISTS conversion_repository;
