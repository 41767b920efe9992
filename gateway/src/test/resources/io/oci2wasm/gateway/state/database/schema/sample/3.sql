-- recompute: colours are told by the topics.
CREATE INDEX IF NOT EXISTS sample_a_colour ON sample_a (colour);
