-- The recipe of a conversion's bundle; the key and digest of its module may be absent.
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS recipe_digest VARCHAR(71);
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS recipe_size BIGINT;
