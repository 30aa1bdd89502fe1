CREATE OR REPLACE VIEW weir.agent_communications (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  run String COMMENT 'The run in which it was said',
  kind String COMMENT 'message: said from one to another; hand-off: a step that an agent gave to another, or that nobody could take back; person-asked: a step that a person is asked to take over; person-answered: what they say of it',
  from String COMMENT 'Who said it: an agent or a person; empty where the run did',
  to String COMMENT 'Whom it was said to: an agent, a step or a skill; person for what people are asked; empty for nobody by name',
  step String COMMENT 'The step it is about; empty for a message',
  text String COMMENT 'What was said, or why',
  at DateTime64(3, 'UTC') COMMENT 'When it was said',
  ordinal UInt32 COMMENT 'Of what was said at once: the later has the higher'
) SQL SECURITY INVOKER AS
SELECT
  org,
  run,
  multiIf(fact = 'message-sent', 'message', fact IN ('person-asked', 'person-answered'), toString(fact), 'hand-off') AS kind,
  multiIf(
    fact = 'message-sent', JSONExtractString(data, 'from'),
    fact = 'step-failed', asked,
    fact = 'person-answered', concat('person:', by),
    '') AS from,
  multiIf(
    fact IN ('message-sent', 'step-failed'), JSONExtractString(data, 'to'),
    fact IN ('handed-over', 'person-asked'), 'person',
    '') AS to,
  step,
  multiIf(
    fact = 'message-sent', JSONExtractString(data, 'text'),
    fact = 'step-failed', JSONExtractString(data, 'detail'),
    why) AS text,
  at,
  ordinal
FROM (
  SELECT
    org, run, fact, step, by, why, fault, data, at, ordinal,
    max(if(fact = 'step-scheduled', toString(agent), '')) OVER (PARTITION BY org, run, step, number) AS asked
  FROM weir.agent_runs
  WHERE fact IN ('message-sent', 'handed-over', 'person-asked', 'person-answered', 'step-scheduled', 'step-failed')
) AS told
WHERE fact IN ('message-sent', 'handed-over', 'person-asked', 'person-answered')
  OR (fact = 'step-failed' AND if(
    JSONHas(data, 'handOff'),
    JSONExtractBool(data, 'handOff'),
    fault = 'unfit' AND startsWith(JSONExtractString(data, 'detail'), 'it hands it to ')))
COMMENT 'What agents and people said to one another in runs, which steps they handed on, and what people were asked'
