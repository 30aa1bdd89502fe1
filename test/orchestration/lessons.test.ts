import { expect, test } from 'vitest';
import type { Example } from '../../src/core/model.ts';
import { calibrated } from '../../src/orchestration/calibration.ts';
import { encodeEntry } from '../../src/orchestration/facts.ts';
import { createLessons } from '../../src/orchestration/lessons.ts';
import { createRunsReader } from '../../src/orchestration/reader.ts';
import { subjects } from '../../src/log/subjects.ts';
import { modelsWith } from '../../src/models.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { unlearnt } from '../../src/orchestration/pool.ts';
import { aCard, aSkill } from './a-card.ts';
import { begun, choiceOf, completed, reported } from './support/facts.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const failed = (error: unknown) => {
  throw error;
};

async function learning() {
  const log = createMemoryLog(clock);
  const pool = unlearnt([aCard('a', [aSkill('churn')])]);
  let readTo = 0;
  const reader = createRunsReader({
    happened: { runsPassedOver: (_, error) => expect.unreachable(String(error)) },
    log,
    see(told) {
      readTo = told.sequence;
      if (told.kind === 'said') pool.sawSaid(told.org, told.said, told.sequence, told.at);
      else pool.sawEntry(told.org, told.run, told.entry, told.sequence);
    },
    failed,
  });
  await reader.start();
  const read = () => until('all is read', async () => readTo === (await log.info('RUNS')).lastSequence);
  return { log, pool, lessons: createLessons(log, pool), read, stop: () => reader.stop() };
}

const example = (model: string, said: Example['example']): Example => ({
  org: 'acme',
  entity: 'account:brightloom',
  pipeline: 'feedback',
  model,
  example: said,
  cause: 'e1',
  time: '2026-06-02T00:00:00.000Z',
  position: 1,
  ordinal: 0,
});

test('what pipelines say of outcomes is in the log, and teaches how sure agents are to be taken', async () => {
  const { log, pool, lessons, read, stop } = await learning();
  const insight = {
    kind: 'risk',
    entity: 'account:brightloom',
    title: 'They may leave',
    detail: '',
    evidence: [{ query: 'SELECT 1', params: {}, rowsHash: 'a', text: '1' }],
    effect: { name: 'risk', value: 0.9, unit: '1' },
    confidence: 0.9,
    action: { text: 'Call them', expectedValue: null, currency: null },
  } as const;
  const facts = [...begun('r', choiceOf('a')), reported('churn', { insights: [insight] }), completed];
  await log.append({ stream: 'RUNS', subject: subjects.run('acme', 'r'), data: encodeEntry(clock.now(), facts) });
  // Of which deal or payment nobody said; and of conversations nobody finds anything.
  const silent = [
    ['deal_propensity', { won: true }],
    ['transaction_risk', { fraud: false }],
    ['urgency', { urgent: true }],
  ] as const;
  await lessons.apply({ examples: silent.map(([model, said]) => example(model, said)) });
  expect(log.jsonOf('RUNS')).toHaveLength(1);
  await lessons.apply({
    examples: [
      { ...example('deal_propensity', { won: true }), subject: '42' },
      { ...example('transaction_risk', { fraud: true }), subject: 'pi_1' },
      example('churn_risk', { left: false, told: true }),
    ],
  });
  const of = { entity: 'account:brightloom', time: '2026-06-02T00:00:00.000Z' };
  expect(log.jsonOf('RUNS').slice(1)).toEqual([
    { said: 'deal', subject: '42', won: true, ...of },
    { said: 'payment', subject: 'pi_1', fraud: true, ...of },
    { said: 'churn', left: false, told: true, ...of },
  ]);
  await lessons.apply({
    examples: [example('alert_usefulness', { rule: 'customer-health/at-risk', useful: false })],
  });
  expect(log.jsonOf('RUNS').at(-1)).toMatchObject({ said: 'verdict', pipeline: 'customer-health', useful: false });
  await read();
  expect(calibrated(pool.known('acme').calibrations, 'a', 0.9)).toBeLessThan(0.9);
  await stop();
});

test('what runs have taught is a model beside those of scores: shown, and released by the same words', async () => {
  const { log, pool, lessons, read, stop } = await learning();
  const scores = {
    list: async () => [],
    get: () => failed(new Error('not of scores')),
    release: () => failed(new Error('not of scores')),
  };
  const models = modelsWith(scores, { pool, lessons });
  const command = { version: 0, by: 'ada', why: 'it went wrong', at: '2026-06-01T00:00:00.000Z' } as const;
  expect((await models.list('acme')).map(({ name }) => name)).toEqual(['agent_selection']);
  await expect(models.release('acme', 'agent_selection', { ...command, version: 3 })).rejects.toMatchObject({
    code: 'not-found',
  });
  await models.release('acme', 'agent_selection', command);
  expect(log.messagesOf('RUNS').map(({ subject }) => subject)).toEqual(['weir.lessons.acme']);
  await read();
  expect(await models.get('acme', 'agent_selection')).toMatchObject({
    judging: { version: 0, pinned: true },
    releases: [{ version: 0, by: 'ada', why: 'it went wrong' }],
  });
  await stop();
});
