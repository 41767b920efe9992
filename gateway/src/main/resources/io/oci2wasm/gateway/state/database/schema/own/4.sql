-- Dead letters that somebody has looked at and wants to see no more. No event tells of it.
CREATE TABLE IF NOT EXISTS dismissal (
  dead_letter VARCHAR(32) NOT NULL PRIMARY KEY,
  dismissed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  dismissed_by VARCHAR(64) NOT NULL
);
