-- Whether all was taken in that the topics held when reading them began.
ALTER TABLE projection ADD COLUMN IF NOT EXISTS complete BOOLEAN DEFAULT TRUE NOT NULL;
