-- A comment; it says nothing about the rows.
ALTER TABLE sample_a ADD COLUMN IF NOT EXISTS colour VARCHAR DEFAULT 'red';
CREATE TABLE IF NOT EXISTS sample_b (id INTEGER NOT NULL PRIMARY KEY, content BYTES);
