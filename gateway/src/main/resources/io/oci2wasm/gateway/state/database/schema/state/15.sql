-- Bundles that are in registries: of one request and platform each manifest once, as it was told
-- last. Deliveries before this version were told to nobody.
CREATE TABLE IF NOT EXISTS delivery (
  request_id VARCHAR(32) NOT NULL,
  manifest_digest VARCHAR(71) NOT NULL,
  digest VARCHAR(71) NOT NULL,
  registry VARCHAR NOT NULL,
  repository VARCHAR NOT NULL,
  tag VARCHAR,
  delivered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  signed BOOLEAN NOT NULL,
  PRIMARY KEY (request_id, manifest_digest, digest)
);
