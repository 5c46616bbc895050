-- The brand that tells a chunk's targets itself, from a list; empty: we send.
ALTER TABLE chunk ADD COLUMN list TEXT NOT NULL DEFAULT '';
