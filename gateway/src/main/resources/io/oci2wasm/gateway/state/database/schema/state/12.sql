-- The data file of a conversion's bundle, if it is split.
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS data_file VARCHAR;
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS data_size BIGINT;
