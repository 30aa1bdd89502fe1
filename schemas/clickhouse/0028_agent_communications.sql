CREATE OR REPLACE VIEW weir.agent_communications (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  run String COMMENT 'The run in which it was said',
  kind String COMMENT 'message: said from one to another; hand-off: a step that a person has to take over',
  from String COMMENT 'Who said it: an agent or a person; empty for a hand-off',
  to String COMMENT 'Whom it was said to; person for a hand-off',
  step String COMMENT 'The step that is handed over; empty for a message',
  text String COMMENT 'What was said, or why it is handed over',
  at DateTime64(3, 'UTC') COMMENT 'When it was said',
  ordinal UInt32 COMMENT 'Of what was said at once: the later has the higher'
) SQL SECURITY INVOKER AS
SELECT
  org,
  run,
  if(fact = 'message-sent', 'message', 'hand-off') AS kind,
  if(fact = 'message-sent', JSONExtractString(data, 'from'), '') AS from,
  if(fact = 'message-sent', JSONExtractString(data, 'to'), 'person') AS to,
  step,
  if(fact = 'message-sent', JSONExtractString(data, 'text'), why) AS text,
  at,
  ordinal
FROM weir.agent_runs
WHERE fact IN ('message-sent', 'handed-over')
COMMENT 'What agents and people said to one another in runs, and what was handed to a person'
