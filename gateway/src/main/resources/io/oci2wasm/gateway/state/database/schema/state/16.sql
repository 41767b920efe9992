-- The batch that a conversion's request is an image of, so that a page of a large batch is read by
-- an index, in its order.
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS batch_id VARCHAR(32);
UPDATE conversion SET batch_id = (
    SELECT e.batch_id FROM batch_entry e WHERE e.request_id = conversion.request_id)
  WHERE batch_id IS NULL
    AND EXISTS (SELECT 1 FROM batch_entry e WHERE e.request_id = conversion.request_id);
CREATE INDEX IF NOT EXISTS conversion_shown_of_batch
  ON conversion (shown, batch_id, queued_at DESC, id);
CREATE INDEX IF NOT EXISTS conversion_shown_of_batch_state
  ON conversion (shown, batch_id, state, queued_at DESC, id);
