-- Ids of conversions carry whole digests of manifests in place of 12 digits, of which two may be
-- equal.
ALTER TABLE conversion ALTER COLUMN id SET DATA TYPE VARCHAR(97);
ALTER TABLE history ALTER COLUMN id SET DATA TYPE VARCHAR(97);
UPDATE history SET id = (SELECT c.request_id || '-' || SUBSTRING(c.manifest_digest FROM 8)
    FROM conversion c WHERE c.id = history.id)
  WHERE CHAR_LENGTH(id) = 45
    AND EXISTS (SELECT 1 FROM conversion c WHERE c.id = history.id AND c.manifest_digest IS NOT NULL);
UPDATE conversion SET id = request_id || '-' || SUBSTRING(manifest_digest FROM 8)
  WHERE CHAR_LENGTH(id) = 45 AND manifest_digest IS NOT NULL;

-- What is given back by itself is looked for every few seconds.
CREATE INDEX IF NOT EXISTS dead_letter_reason ON dead_letter (reason);
