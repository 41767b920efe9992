-- Whether the translations of a conversion's bundle use 128-bit vectors, which its host must have.
ALTER TABLE conversion ADD COLUMN IF NOT EXISTS simd BOOLEAN;
