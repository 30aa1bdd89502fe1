ALTER TABLE weir.scores
  ADD COLUMN IF NOT EXISTS ordinal UInt32 COMMENT 'Of an entity''s scores that came into the log at once: the later has the higher' AFTER storedAt,
  ADD INDEX IF NOT EXISTS by_id id TYPE bloom_filter(0.001) GRANULARITY 1
