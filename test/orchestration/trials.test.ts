import { describe, expect, test, vi } from 'vitest';
import type { Skill } from '../../src/core/agent.ts';
import { subjects } from '../../src/log/subjects.ts';
import type { Agent, AgentSays } from '../../src/orchestration/agent.ts';
import { decodeEntry, encodeEntry } from '../../src/orchestration/facts.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { unlearnt, type LearningPool } from '../../src/orchestration/pool.ts';
import { decodeSaid } from '../../src/orchestration/said.ts';
import { selected } from '../../src/orchestration/select.ts';
import { createTrying } from '../../src/orchestration/trying.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aCard, aSkill, plenty } from './a-card.ts';
import { begun, choiceOf, completed, failed } from './support/facts.ts';

const asking = { says: 'progress', done: 0, text: 'asks' } as const;
const report = { insights: [], abstained: null, output: {}, degraded: false };

/** Two agents with one skill, of which `a` has failed at it in a run. */
async function failing(over: Partial<Skill> = {}, names: readonly string[] = ['a', 'b']) {
  let now = 0;
  const clock = { now: () => now };
  const log = createMemoryLog(clock);
  const cards = names.map((name) => aCard(name, [aSkill('churn', over)]));
  const facts = [...begun('r', choiceOf('a')), failed('churn', 'transient'), completed];
  await log.append({ stream: 'RUNS', subject: subjects.run('acme', 'r'), data: encodeEntry(0, facts) });
  const pool = learntFrom(log, unlearnt(cards));
  const answers = vi.fn<Agent['run']>(async function* (): AsyncGenerator<AgentSays> {
    yield { says: 'report', report };
  });
  const happened = { agentTried: vi.fn(), trialMissed: (error: unknown) => expect.unreachable(String(error)) };
  const trying = (of: LearningPool = pool) =>
    createTrying({
      log,
      clock,
      pool: of,
      agent: (name) => cards.filter((card) => card.name === name).map((card) => ({ card, run: answers }))[0],
      data: () => ({ ask: () => Promise.reject(new Error('there are no data in this test')) }),
      happened,
    });
  return {
    log,
    pool,
    cards,
    answers,
    happened,
    trying,
    at: (ms: number) => (now = ms),
    read: () => learntFrom(log, pool),
  };
}

/** All that is in the log, as each daemon reads it. */
function learntFrom(log: MemoryLog, pool: LearningPool): LearningPool {
  for (const { subject, data, sequence, storedAt } of log.messagesOf('RUNS')) {
    const [, kind, org = '', run = ''] = subject.split('.');
    if (kind === 'runs') pool.sawEntry(org, run, decodeEntry(data), sequence);
    else pool.sawSaid(org, decodeSaid(data), sequence, storedAt);
  }
  return pool;
}

const chosenBy = (pool: LearningPool, at: number) =>
  Array.from({ length: 100 }, (_, seed) => {
    const { posteriors } = pool.known('acme');
    const of = { skill: 'churn', input: [], output: [], excluded: [], budget: plenty };
    return selected(pool.agents('acme'), posteriors, { ...of, at, seed });
  });

describe('an agent that failed at all it did', () => {
  test('gets no run while somebody else can; it is given what it failed at beside runs, and passing that gets it runs again', async () => {
    const { log, pool, answers, happened, trying, at, read } = await failing();
    expect(new Set(chosenBy(pool, 1_000).map(({ chosen }) => chosen))).toEqual(new Set(['b']));
    expect(chosenBy(pool, 1_000)[0]?.ranking[1]).toMatchObject({
      agent: 'a',
      score: null,
      reasons: [{ name: 'trial' }],
    });
    at(29_000);
    await trying().look();
    expect(answers).not.toHaveBeenCalled();
    at(30_000);
    await trying().look();
    expect(answers.mock.calls).toMatchObject([[{ key: 'r/churn', skill: 'churn', org: 'acme' }, { budget: {} }]]);
    expect(happened.agentTried.mock.calls).toEqual([['acme', 'a', 'churn', null]]);
    // Nobody uses the answer: all that is recorded is that there was one.
    expect(log.messagesOf('RUNS').map(({ subject }) => subject)).toEqual(['weir.runs.acme.r', 'weir.lessons.acme']);
    // One that is ill most of the time passes once, too.
    for (const [pass, ms] of [60_000, 90_000].entries()) {
      read();
      expect(new Set(chosenBy(pool, ms - 1).map(({ chosen }) => chosen))).toEqual(new Set(['b']));
      expect(pool.trialsDue(ms - 1)).toEqual([]);
      at(ms);
      await trying().look();
      expect(answers).toHaveBeenCalledTimes(pass + 2);
    }
    read();
    expect(chosenBy(pool, 90_000).map(({ chosen }) => chosen)).toContain('a');
    expect(pool.trialsDue(1e9)).toEqual([]);
    // What it failed at before is outweighed, and not forgotten.
    const { successes = 0, failures = 0 } = pool.known('acme').posteriors['agent:a/churn'] ?? {};
    expect(successes).toBeGreaterThan(2.9);
    expect(failures).toBeGreaterThan(0.9);
  });

  test('that passes now and then is not given runs for it: it begins again where it fails', async () => {
    const { pool, answers, trying, at, read } = await failing();
    let tries = 0;
    answers.mockImplementation(async function* (): AsyncGenerator<AgentSays> {
      tries += 1;
      if (tries % 3 === 0) throw new Error('broken again');
      yield { says: 'report', report };
    });
    for (let now = 0; now <= 3_600_000; now += 10_000) {
      at(now);
      await trying().look();
      read();
    }
    expect(tries).toBeGreaterThan(10);
    expect(new Set(chosenBy(pool, 3_600_000).map(({ chosen }) => chosen))).toEqual(new Set(['b']));
  });

  test('that is asked too often meanwhile loses nothing of what it has passed, and waits no longer for it', async () => {
    const { pool, answers, trying, at, read } = await failing();
    let tries = 0;
    answers.mockImplementation(async function* (): AsyncGenerator<AgentSays> {
      tries += 1;
      if (tries % 2 === 0) throw new AgentFault('rate-limited', 'too many requests');
      yield { says: 'report', report };
    });
    const times: number[] = [];
    for (let now = 0; now <= 600_000; now += 10_000) {
      at(now);
      if (pool.trialsDue(now).length > 0) times.push(now / 1_000);
      await trying().look();
      read();
    }
    expect(times).toEqual([30, 60, 90, 120, 150]);
    expect(chosenBy(pool, 600_000).map(({ chosen }) => chosen)).toContain('a');
  });

  test('is asked ever more seldom while it fails, and what was known of it stays', async () => {
    const { pool, answers, trying, at, read } = await failing();
    answers.mockImplementation(async function* (): AsyncGenerator<AgentSays> {
      yield asking;
      throw new Error('still broken');
    });
    const before = pool.known('acme').posteriors;
    const times: number[] = [];
    for (let now = 0; now <= 3_600_000; now += 10_000) {
      at(now);
      if (pool.trialsDue(now).length > 0) times.push(now / 1_000);
      await trying().look();
      read();
    }
    expect(times).toEqual([30, 90, 210, 450, 930, 1_530, 2_130, 2_730, 3_330]);
    expect(pool.known('acme').posteriors).toEqual(before);
    expect(pool.agents('acme').get('a')?.breaker.faults).toBe(1);
  });

  test('is the same after a replay, and of two daemons that try it one tells', async () => {
    const { log, pool, cards, answers, trying, at, read } = await failing();
    at(30_000);
    const other = learntFrom(log, unlearnt(cards));
    await Promise.all([trying().look(), trying(other).look()]);
    expect(answers).toHaveBeenCalledTimes(2);
    expect(log.messagesOf('RUNS')).toHaveLength(2);
    read();
    const again = learntFrom(log, unlearnt(cards));
    expect(again.agents('acme')).toEqual(pool.agents('acme'));
    expect(again.known('acme')).toEqual(pool.known('acme'));
  });

  test('is given a run where nobody else can, where asking costs money, and where it does something', async () => {
    for (const [over, names] of [
      [{}, ['a']],
      [{ cost: { money: 0.01, tokens: 0, calls: 0, agentSeconds: 1 } }, ['a', 'b']],
      [{ sideEffects: 'reversible' }, ['a', 'b']],
    ] as const) {
      const { pool } = await failing(over, names);
      expect(pool.trialsDue(1e9)).toEqual([]);
      expect(chosenBy(pool, 1_000).map(({ chosen }) => chosen)).toContain('a');
    }
  });

  test('is given a run where what it failed at is not kept any more', async () => {
    const { log, pool, answers, trying, at, read } = await failing();
    await log.trim('RUNS', 1);
    at(30_000);
    await trying().look();
    read();
    expect(answers).not.toHaveBeenCalled();
    expect(pool.trialsDue(1e9)).toEqual([]);
    expect(pool.known('acme').posteriors['agent:a/churn']).toMatchObject({ successes: 0, failures: 1 });
  });
});

test('however many trials come to nothing, each has its turn', async () => {
  const { log, answers, happened, trying, at, read } = await failing();
  const orgs = Array.from({ length: 40 }, (_, number) => `org${number}`);
  for (const org of orgs) {
    const facts = [...begun('r', choiceOf('a')), failed('churn', 'transient'), completed];
    await log.append({ stream: 'RUNS', subject: subjects.run(org, 'r'), data: encodeEntry(0, facts) });
  }
  answers.mockImplementation(async function* (): AsyncGenerator<AgentSays> {
    yield asking;
    throw new AgentFault('rate-limited', 'too many requests');
  });
  for (let now = 0; now <= 120_000; now += 10_000) {
    at(now);
    read();
    await trying().look();
  }
  const tried = new Set(happened.agentTried.mock.calls.map(([org]) => org));
  expect(tried).toEqual(new Set(['acme', ...orgs]));
});

test('a daemon that stops does not wait for an agent on trial, and records nothing of it', async () => {
  const { log, answers, trying, at } = await failing();
  answers.mockImplementation(async function* (): AsyncGenerator<AgentSays> {
    yield asking;
    await new Promise(() => undefined);
  });
  at(30_000);
  const service = trying();
  const look = service.look();
  await until('it is asked', () => answers.mock.calls.length === 1);
  await service.stop();
  await look;
  expect(log.messagesOf('RUNS')).toHaveLength(1);
});
