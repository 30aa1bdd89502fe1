ALTER TABLE weir.scores
  ADD COLUMN IF NOT EXISTS settings Tuple(version UInt32, segment Nullable(String), values Map(LowCardinality(String), Float64)) COMMENT 'What was set that it was made under: version of the organisation''s settings (0: as shipped), segment of the entity, and what is set of the pipeline by name' AFTER version
