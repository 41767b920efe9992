-- When retention removed a bundle last, which may be known before the bundle is.
CREATE TABLE IF NOT EXISTS bundle_removal (
  conversion_id VARCHAR(64) NOT NULL PRIMARY KEY,
  removed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  rule VARCHAR(32) NOT NULL
);
