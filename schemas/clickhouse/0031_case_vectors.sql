CREATE TABLE IF NOT EXISTS weir.case_vectors (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  model LowCardinality(String) COMMENT 'Model that made the vector: those of another cannot be compared with it',
  id String COMMENT 'The case: alert:<id>/<episode> of one that ended, or run:<id>',
  vector Array(Float32) COMMENT 'What its title, evidence, goal and summary mean',
  embeddedAt DateTime64(3, 'UTC') COMMENT 'When the vector was made'
) ENGINE = ReplacingMergeTree(embeddedAt)
PARTITION BY tuple()
ORDER BY (org, model, id)
COMMENT 'Past cases as vectors, where an embedder is configured: alerts and runs that ended, one row each and model'
