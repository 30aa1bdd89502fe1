ALTER TABLE weir.alert_transitions
  ADD COLUMN IF NOT EXISTS runs Array(Tuple(id String, kind String, outcome String, endedAt DateTime64(3, 'UTC'), summary String, confidence Nullable(Float64), findings Array(Tuple(kind String, title String, confidence Float64, action String)))) COMMENT 'Runs of agents that looked into this episode and have ended, the newest last, each with its first findings' AFTER resolvedAt,
  COMMENT COLUMN IF EXISTS transition 'opened, updated, acknowledged, resolved, expired, or investigated: a run of agents has ended',
  COMMENT COLUMN IF EXISTS by 'pipeline:<name>, who commanded it, or agents'
