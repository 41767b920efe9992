-- What the translations of a conversion's bundle come from: the conversion id of the bundle that was
-- trained, by which commands (a JSON list), and how much faster that made it where it was measured.
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS translated_from VARCHAR(64);
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS training_commands VARCHAR;
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS faster_by DOUBLE PRECISION;
