import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { createDailyBudget, type DailyBudget } from '../../src/orchestration/daily.ts';
import type { Limits } from '../../src/orchestration/budget.ts';
import type { Fact, FactOf } from '../../src/orchestration/facts.ts';
import { encodeEntry } from '../../src/orchestration/facts.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { loadRun } from '../../src/orchestration/load.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep, oneCall } from './support/reference.ts';
import { createRig, untilEnded } from './support/rig.ts';

const unlimited = { money: Infinity, tokens: Infinity, calls: Infinity, agentSeconds: Infinity };
const calls = (most: number, rules: Limits['rules'] = {}): Limits => ({ org: { ...unlimited, calls: most }, rules });

function aBudget(
  log: MemoryLog,
  limits: Limits,
  { told = [], kv = log.kv }: { readonly told?: string[]; readonly kv?: MemoryLog['kv'] } = {},
): DailyBudget {
  return createDailyBudget({
    kv,
    clock: { now: () => Date.UTC(2026, 5, 1, 12) },
    limits,
    runOf: (org, run) => loadRun(log, org, run),
    lastOf: async (org, run) => (await log.last('RUNS', subjects.run(org, run)))?.sequence ?? 0,
    happened: {
      budgetReached: (_, account, share) => void told.push(`${account} ${share}`),
      budgetRefused: () => undefined,
      conductorRetrying: () => undefined,
    },
  });
}

const anAttempt = (step: string, attempt = 1): FactOf<'step-scheduled'> => ({
  fact: 'step-scheduled',
  step,
  attempt,
  agent: 'first',
  agentVersion: 1,
  why: {},
  seed: 1,
  reserve: oneCall,
  argumentsHash: '',
  delayMs: 0,
  timeoutMs: 1_000,
});
const ended = (step: string, attempt: number, spent: number): FactOf<'step-failed'> => ({
  fact: 'step-failed',
  step,
  attempt,
  worker: 'w',
  tookMs: 1,
  spent: { ...oneCall, calls: spent },
  fault: 'transient',
  detail: '',
  retryAfterMs: null,
});
const steps = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

test('a day’s budget holds for all daemons together, and 50, 80 and 100 % are told once', async () => {
  const log = createMemoryLog(systemClock);
  const told: string[] = [];
  const daemons = [1, 2, 3].map(() => aBudget(log, calls(10), { told }));
  const asked = daemons.flatMap((daemon, index) =>
    steps(6).map((step) => daemon.afford(aRequest(`run${index}`), [anAttempt(step)], Infinity)),
  );
  const facts = (await Promise.all(asked)).flat();
  expect(facts.filter(({ fact }) => fact === 'step-scheduled')).toHaveLength(10);
  const refused = facts.filter((fact) => fact.fact === 'budget-refused');
  expect(refused).toHaveLength(8);
  expect(refused[0]?.why).toBe('the budget of 2026-06-01 is used up: it needs 1 calls, 0 is left');
  expect(told).toEqual(['2026-06-01 0.5', '2026-06-01 0.8', '2026-06-01 1']);
});

test('what a step did not cost may be spent again, and a fallback is reserved anew', async () => {
  const log = createMemoryLog(systemClock);
  const budget = aBudget(log, calls(1));
  const request = aRequest('r');
  const kinds = async (step: string, attempt: number) =>
    (await budget.afford(request, [anAttempt(step, attempt)], Infinity)).map(({ fact }) => fact);
  expect(await kinds('a', 1)).toEqual(['step-scheduled']);
  // Decided again, by this daemon or another, it is the same reservation.
  expect(await kinds('a', 1)).toEqual(['step-scheduled']);
  expect(await kinds('a', 2)).toEqual(['budget-refused']);
  await budget.heard('acme', 'r', ended('a', 1, 0));
  expect(await kinds('a', 2)).toEqual(['step-scheduled']);
  await budget.heard('acme', 'r', { fact: 'timer', name: 'attempt a 2' });
  expect(await kinds('a', 3)).toEqual(['budget-refused']);
});

test('a rule has a budget of its own within that of the organisation', async () => {
  const log = createMemoryLog(systemClock);
  const budget = aBudget(log, calls(10, { reference: { ...unlimited, calls: 1 } }));
  const [, second] = await budget.afford(aRequest('r'), [anAttempt('a'), anAttempt('b')], Infinity);
  expect(second).toMatchObject({ fact: 'budget-refused', why: expect.stringContaining('2026-06-01/reference') });
  const other = aRequest('other', { kind: 'another' });
  expect(await budget.afford(other, [anAttempt('a')], Infinity)).toEqual([anAttempt('a')]);
});

test('the budget of a rule holds for what runs under its runs do, too', async () => {
  const budget = aBudget(createMemoryLog(systemClock), calls(10, { reference: { ...unlimited, calls: 1 } }));
  await budget.afford(aRequest('above'), [anAttempt('a')], Infinity);
  const parent = { run: 'above', depth: 1, first: { by: 'ann', kind: 'reference' } };
  const [fact] = await budget.afford(aRequest('below', { kind: 'skill:work', parent }), [anAttempt('a')], Infinity);
  expect(fact).toMatchObject({ fact: 'budget-refused', why: expect.stringContaining('2026-06-01/reference') });
});

test('taking back, and runs under runs that reserve for themselves, are never refused', async () => {
  const budget = aBudget(createMemoryLog(systemClock), calls(0));
  const free = [anAttempt('undo/a'), { ...anAttempt('b'), child: 'c' }];
  expect(await budget.afford(aRequest('r'), free, Infinity)).toEqual(free);
});

const say = (log: MemoryLog, run: string, ...facts: readonly Fact[]) =>
  log.append({ stream: 'RUNS', subject: subjects.run('acme', run), data: encodeEntry(0, facts) });
const over: Fact = { fact: 'run-ended', outcome: 'completed', why: '' };

async function ledgerIn(log: MemoryLog) {
  const ledger = JSON.parse(Buffer.from((await log.kv.get('budget.acme'))?.value ?? []).toString('utf8'));
  return { open: Object.keys(ledger.reservations), ...ledger.accounts['2026-06-01'] };
}

test('of a run that aged out of the log nobody knows what it cost: the worst; one that is under way keeps what it holds', async () => {
  const log = createMemoryLog(systemClock);
  await aBudget(log, calls(4)).afford(aRequest('gone'), [anAttempt('a'), anAttempt('b')], Infinity);
  await say(log, 'open', { fact: 'requested', request: aRequest('open') }, anAttempt('a'));
  await aBudget(log, calls(4)).afford(aRequest('open'), [anAttempt('a')], Infinity);
  await aBudget(log, calls(4)).settleMissed();
  expect(await ledgerIn(log)).toMatchObject({ open: ['open/a#1'], spent: { calls: 2 }, reserved: { calls: 1 } });
});

test('wherever a daemon dies, a day has cost what the runs say: no more, and the worst only where nobody told', async () => {
  const attempt = fc.record({
    run: fc.constantFrom('r1', 'r2', 'r3'),
    step: fc.constantFrom('a', 'b'),
    /** It dies, or another decided otherwise, between the reservation and the decision. */
    decided: fc.boolean(),
    end: fc.constantFrom('cost 0', 'cost 1', 'nobody told', 'out of time'),
    /** It is alive when the end comes into the log. */
    heard: fc.boolean(),
  });
  const heardEnd = fc.dictionary(fc.constantFrom('r1', 'r2', 'r3'), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { maxLength: 12 }), heardEnd, async (attempts, endHeard) => {
      const log = createMemoryLog(systemClock);
      const budget = aBudget(log, calls(1_000));
      const runs = ['r1', 'r2', 'r3'];
      for (const run of runs) await say(log, run, { fact: 'requested', request: aRequest(run) });
      let cost = 0;
      for (const [index, { run, step, decided, end, heard }] of attempts.entries()) {
        const number = index + 1;
        await budget.afford(aRequest(run), [anAttempt(step, number)], Infinity);
        if (!decided) continue;
        await say(log, run, anAttempt(step, number));
        cost += end === 'cost 0' ? 0 : 1;
        if (end === 'nobody told') continue;
        const late: Fact = { fact: 'timer', name: `attempt ${step} ${number}` };
        const fact = end === 'out of time' ? late : ended(step, number, end === 'cost 0' ? 0 : 1);
        await say(log, run, fact);
        if (heard) await budget.heard('acme', run, fact);
      }
      for (const run of runs) {
        await say(log, run, over);
        if (endHeard[run]) await budget.heard('acme', run, over);
      }
      await aBudget(log, calls(1_000)).settleMissed();
      if (attempts.length === 0) return;
      expect(await ledgerIn(log)).toMatchObject({ open: [], spent: { calls: cost }, reserved: { calls: 0 } });
    }),
  );
});

test.each(['before it decides', 'before it reads the ledger', 'after it read the ledger'])(
  'what was settled already does not count twice, though a daemon that is behind decides it again: settled %s',
  async (when) => {
    const log = createMemoryLog(systemClock);
    const ahead = aBudget(log, calls(5));
    const decided = [anAttempt('a')];
    await say(log, 'r', { fact: 'requested', request: aRequest('r') });
    let isSettled = false;
    const settle = async (now: string) => {
      if (now !== when || isSettled) return;
      isSettled = true;
      await ahead.afford(aRequest('r'), decided, 1);
      for (const fact of [...decided, ended('a', 1, 1)]) {
        await say(log, 'r', fact);
        await ahead.heard('acme', 'r', fact);
      }
    };
    const kv: MemoryLog['kv'] = {
      ...log.kv,
      async get(key) {
        await settle('before it reads the ledger');
        const held = await log.kv.get(key);
        await settle('after it read the ledger');
        return held;
      },
    };
    await settle('before it decides');
    expect(await aBudget(log, calls(5), { kv }).afford(aRequest('r'), decided, 1)).toEqual(decided);
    expect(isSettled).toBe(true);
    await say(log, 'r', over);
    await ahead.heard('acme', 'r', over);
    expect(await ledgerIn(log)).toMatchObject({ open: [], spent: { calls: 1 }, reserved: { calls: 0 } });
  },
);

test('a run goes on without the steps there is no money for, and says so', async () => {
  const log = createMemoryLog(systemClock);
  const plan = aPlan(steps(5).map((id) => aStep(id, [], { optional: true })));
  const agents = [anAgent('first', () => ({}))];
  const budget = aBudget(log, calls(3));
  // Two daemons decide the same.
  for (const name of ['one', 'two']) {
    const rig = createRig({ log, how: aDecider(plan), agents, budget: aBudget(log, calls(3)), name });
    onTestFinished(() => rig.stop());
    await rig.start();
  }
  await startRun(log, systemClock, aRequest('r'));
  const run = await untilEnded(log, 'r');
  expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
  expect(factsOf(run, 'step-finished')).toHaveLength(3);
  expect(factsOf(run, 'step-skipped').map(({ fact }) => fact.why)).toEqual(
    Array.from({ length: 2 }, () => expect.stringContaining('the budget of 2026-06-01 is used up')),
  );
  await until('all is settled', async () => {
    const held = await log.kv.get('budget.acme');
    return Object.keys(JSON.parse(Buffer.from(held?.value ?? []).toString('utf8')).reservations).length === 0;
  });
  expect(await budget.afford(aRequest('next'), [anAttempt('a')], Infinity)).toMatchObject([{ fact: 'budget-refused' }]);
});
