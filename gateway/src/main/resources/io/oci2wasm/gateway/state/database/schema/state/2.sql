-- Waiting and work told apart. `stage` is what a conversion waits for, is worked on in, or ended in;
-- `since` is when its state began. Up to then it waited and was worked on for so many milliseconds,
-- NULL where that is not known. Older gateways leave all four NULL.
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS stage VARCHAR(16);
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS since TIMESTAMP WITH TIME ZONE;
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS waited_ms BIGINT;
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS worked_ms BIGINT;

-- What was called resolving and building began when the stage's event was written.
UPDATE history SET stage = 'ingest' WHERE state = 'queued' AND stage = 'gateway';
UPDATE history SET state = 'queued'
  WHERE state IN ('resolving', 'building') OR (state = 'ingesting' AND attempt > 1);
UPDATE conversion SET
  stage = (SELECT h.stage FROM history h WHERE h.id = conversion.id
    AND h.state = CASE WHEN conversion.state IN ('resolving', 'building') THEN 'queued'
      ELSE conversion.state END
    ORDER BY h.occurred_at DESC LIMIT 1),
  since = (SELECT h.occurred_at FROM history h WHERE h.id = conversion.id
    AND h.state = CASE WHEN conversion.state IN ('resolving', 'building') THEN 'queued'
      ELSE conversion.state END
    ORDER BY h.occurred_at DESC LIMIT 1)
  WHERE stage IS NULL;
UPDATE conversion SET state = 'queued' WHERE state IN ('resolving', 'building');
