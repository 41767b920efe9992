-- One row. `living` is the set of computed tables that is shown, `upcoming` the one that is computed
-- beside it (NULL without), `latest` the highest number given so far. Set 0 lies beside this table,
-- set N in an SQL schema of its own.
CREATE TABLE IF NOT EXISTS generation (
  living INTEGER NOT NULL,
  upcoming INTEGER,
  latest INTEGER NOT NULL,
  switched_at TIMESTAMP WITH TIME ZONE
);
INSERT INTO generation (living, latest) SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM generation);
