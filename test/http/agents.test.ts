import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agentSchema, providerSchema, selectionSchema, suggestionsSchema, workerSchema } from '../../schemas/agent.ts';
import { agentRoutes } from '../../src/http/routes/agents.ts';
import { showAgents } from '../../src/orchestration/agents-shown.ts';
import { createPool, type LearningPool } from '../../src/orchestration/pool.ts';
import { aCard, aSkill } from '../orchestration/a-card.ts';
import {
  begun,
  choiceOf,
  completed,
  doing,
  failed,
  over,
  planned,
  reported,
  requested,
  scheduled,
} from '../orchestration/support/facts.ts';
import { tokens } from '../support/push.ts';
import { serverOf } from '../support/serving.ts';

const now = Date.UTC(2026, 5, 1);
const clock = { now: () => now };
const path = '/api/v1/orchestration';
const churn = aSkill('churn', { input: ['timeline'] });
const cards = [
  aCard('steady', [churn]),
  aCard('shaky', [churn]),
  aCard('other', [aSkill('margins')]),
  aCard('rash', [{ ...churn, sideEffects: 'irreversible' }]),
];

let pool: LearningPool;
let address: string;
let close: () => Promise<void>;
beforeEach(async () => {
  pool = createPool({ cards, heardAt: () => now, quotas: new Map([['rash', { tasks: 1, perMs: 60_000 }]]) });
  const workers = [{ worker: 'w-1', at: now, agents: cards.map(({ name }) => name) }];
  const server = await serverOf(
    agentRoutes({ agents: showAgents(pool, clock, () => workers), authenticator: tokens, orgs: ['acme', 'globex'] }),
  );
  address = await server.listen({ host: '127.0.0.1', port: 0 });
  close = () => server.close();
});
afterEach(() => close());

async function ask(to: string, { body, token = 'acme' }: { body?: object; token?: string } = {}) {
  const answer = await fetch(`${address}${path}${to}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: z.unknown().parse(await answer.json()) };
}
const selection = async (over: object = {}, token = 'acme') =>
  selectionSchema.parse(
    (await ask('/agents/select', { body: { skill: 'churn', input: ['timeline'], ...over }, token })).body,
  );
const agents = async (token = 'acme') => {
  const { body } = await ask('/agents', { token });
  return z
    .object({ agents: z.array(agentSchema), workers: z.array(workerSchema), providers: z.array(providerSchema) })
    .parse(body);
};

/** Runs of one step, as the log has them. */
function ran(agent: string, times: number, succeeded: boolean) {
  for (let run = 0; run < times; run += 1) {
    place += 2;
    pool.sawEntry(
      'acme',
      `${agent}${place}`,
      { at: now - 1_000, facts: begun(`${agent}${place}`, choiceOf(agent)) },
      place,
    );
    pool.sawEntry('acme', `${agent}${place}`, { at: now - 900, facts: over(succeeded, 100, 0) }, place + 1);
  }
}
let place = 0;

describe('who would do a step', () => {
  test('is answered with everybody’s place and each reason, and changes nothing', async () => {
    ran('steady', 30, true);
    const answer = await selection({ risk: 'high' });
    expect(answer.ranking.map(({ agent, score }) => [agent, score === null])).toEqual([
      ['steady', false],
      ['shaky', false],
      ['other', true],
      ['rash', true],
    ]);
    expect(answer.ranking[0]?.reasons.map(({ name }) => name)).toEqual(['success', 'cost', 'latency', 'load']);
    expect(answer.ranking[0]?.reasons[0]?.text).toMatch(/of \d+\.\d recent tasks succeeded/);
    expect(answer.ranking.slice(2).flatMap(({ reasons }) => reasons.map(({ name }) => name))).toEqual([
      'capability',
      'policy',
    ]);
    expect(answer).toMatchObject({ chosen: 'steady', seed: 1, learnt: { version: 1, pinned: false } });
    expect(await selection({ risk: 'high' })).toEqual(answer);
    expect((await agents()).agents.map(({ underWay }) => underWay)).toEqual([0, 0, 0, 0]);
  });

  test('is drawn by the seed: who is little known is tried with some seeds', async () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const chosen = await Promise.all(seeds.map(async (seed) => (await selection({ seed })).chosen));
    expect(new Set(chosen)).toEqual(new Set(['steady', 'shaky', 'rash']));
  });

  test('is nobody who fails over and over, who has had its quota, or who is to be passed by; and nobody at all where none is left', async () => {
    ran('shaky', 5, false);
    pool.sawEntry('acme', 'rash', { at: now, facts: begun('rash', choiceOf('rash')) }, 1_000);
    const { chosen, ranking } = await selection({ excluded: ['steady'] });
    expect(chosen).toBeNull();
    const reasons = new Map(ranking.map(({ agent, reasons }) => [agent, reasons.map(({ name }) => name)]));
    expect(Object.fromEntries(reasons)).toEqual({
      steady: ['excluded'],
      shaky: ['breaker'],
      rash: ['quota'],
      other: ['capability'],
    });
  });

  test('is told to those who may read, each of their own organisation', async () => {
    ran('shaky', 5, false);
    expect((await selection({}, 'globex')).ranking.find(({ agent }) => agent === 'shaky')?.score).not.toBeNull();
    expect(await ask('/agents/select', { body: { skill: 'churn' }, token: 'pusher' })).toMatchObject({ status: 403 });
    expect(await ask('/agents/select?org=acme', { body: { skill: 'churn' }, token: 'globex' })).toMatchObject({
      status: 403,
    });
    expect(await ask('/agents/select', { body: { skill: 'churn' }, token: 'nobody' })).toMatchObject({ status: 401 });
    expect(await ask('/agents', { token: 'pusher' })).toMatchObject({ status: 403 });
    expect(await ask('/suggestions', { token: 'pusher' })).toMatchObject({ status: 403 });
  });

  test.each([
    {},
    { skill: '' },
    { skill: 'churn', seed: -1 },
    { skill: 'churn', what: 1 },
    { skill: 'churn', risk: 'none' },
  ])('is not asked with %j', async (body) =>
    expect(await ask('/agents/select', { body })).toMatchObject({ status: 400 }),
  );
});

test('agents are shown with what they can do, how they did, and how they are; and the workers with when they were heard of', async () => {
  ran('steady', 3, true);
  ran('shaky', 5, false);
  const facts = [...begun('slow', choiceOf('steady')), failed('churn', 'rate-limited')];
  pool.sawEntry('acme', 'slow', { at: now, facts }, 2_000);
  const { agents: all, workers } = await agents();
  const shown = Object.fromEntries(
    all.map(({ name, state, faultsInARow, skills }) => [name, [state, faultsInARow, skills[0]?.known.successRate]]),
  );
  expect(shown).toEqual({
    steady: ['cooling', 0, 1],
    shaky: ['resting', 5, 0],
    other: ['ready', 0, null],
    rash: ['ready', 0, null],
  });
  expect(workers).toEqual([{ worker: 'w-1', heardAt: '2026-06-01T00:00:00.000Z', agents: 4 }]);
});

test('models that runs asked are shown as these have shown them, to their own organisation', async () => {
  const calls = [{ provider: 'local', task: 'phrase', outcome: 'answered', latencyMs: 300, tokens: 9, money: 0.5 }];
  const written = [scheduled('phrase', choiceOf('writer')), reported('phrase', { output: { calls } }), completed];
  pool.sawEntry('acme', 'w', { at: now, facts: [requested('w'), planned(doing('phrase')), ...written] }, 3_000);
  const tasks = [{ task: 'phrase', calls: 1, successRate: 1, latencyMs: 300, money: 0.5 }];
  expect((await agents()).providers).toEqual([{ name: 'local', tasks }]);
  expect((await agents('globex')).providers).toEqual([]);
});

test('suggestions are what past runs show, of the own organisation', async () => {
  ran('steady', 12, true);
  const suggestions = async (token: string) => suggestionsSchema.parse((await ask('/suggestions', { token })).body);
  expect(await suggestions('acme')).toEqual({ runs: 12, suggestions: [] });
  expect(await suggestions('globex')).toEqual({ runs: 0, suggestions: [] });
});
