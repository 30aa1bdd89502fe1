import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { AgentReport } from '../../src/core/agent.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import type { Log } from '../../src/log/log.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import { defaultLimits } from '../../src/orchestration/run.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { createRig, untilEnded } from './support/rig.ts';

const report: AgentReport = {
  insights: [
    {
      kind: 'risk',
      entity: 'account:brightloom',
      title: 'Brightloom may leave',
      detail: '3 of 4 invoices were paid late.',
      evidence: [{ query: 'SELECT 1', params: {}, rowsHash: 'a', text: '3 of 4 invoices paid late' }],
      effect: { name: 'share of invoices paid late', value: 0.75, unit: '1' },
      confidence: 0.8,
      action: { text: 'Call them.', expectedValue: null, currency: null },
    },
  ],
  abstained: null,
  output: {},
  degraded: false,
};

const churn: Agent = {
  card: {
    name: 'customers',
    version: 1,
    description: 'Looks at customers',
    skills: [
      {
        id: 'churn',
        description: 'Who may leave',
        input: [],
        output: ['leaving accounts'],
        cost: { money: 0, tokens: 0, calls: 0, agentSeconds: 1 },
        sideEffects: 'none',
      },
    ],
    limits: { concurrent: 2, timeoutMs: 5_000 },
  },
  async *run() {
    yield { says: 'report', report };
  },
};

/** `meanwhileMs`: what passes as soon as its context is there. */
async function runEnded(kind: string, meanwhileMs = 0) {
  let passed = 0;
  const clock = { now: () => systemClock.now() + passed };
  const log = createMemoryLog(clock);
  const rig = createRig({
    log,
    clock,
    how: decidersOf([churn.card]),
    agents: [churn],
    onFact: (_, { fact }) => {
      if (fact === 'context-attached') passed += meanwhileMs;
    },
  });
  await rig.start();
  await request(log, kind);
  const run = await untilEnded(log, kind);
  await rig.stop();
  return run;
}

const request = (log: Log, kind: string) =>
  startRun(log, systemClock, {
    id: kind,
    org: 'acme',
    entity: 'account:brightloom',
    kind,
    goal: 'Why is Brightloom quiet?',
    asOf: '2026-06-01T00:00:00.000Z',
    context: {},
    by: 'ann',
    settleMs: 0,
    parent: null,
    limits: defaultLimits,
  });

test('a run is done by the agents there are, and its result says what they found and what nobody could look at', async () => {
  const run = await runEnded('customer_health');
  expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
  expect(factOf(run, 'result-synthesised')?.fact.result).toMatchObject({
    entity: 'account:brightloom',
    findings: [{ title: 'Brightloom may leave', by: [{ agent: 'customers', step: 'churn' }] }],
    missing: ['best-practice', 'business-impact', 'engagement', 'expansion', 'health'].map((skill) => ({
      skill,
      reason: 'left-out',
      why: 'nobody has the skill',
    })),
  });
});

test.each([
  ['astrology', 'there is no kind of run astrology'],
  ['operations_review', 'no plan'],
])('a run of the kind %s, which nobody here can do, fails and says so', async (kind, why) => {
  const run = await runEnded(kind, 60_000);
  expect(factOf(run, 'run-ended')?.fact).toMatchObject({ outcome: 'failed', why: expect.stringContaining(why) });
});

test('a run of a kind that one daemon does not know yet is left to one that does', async () => {
  const log = createMemoryLog(systemClock);
  const own = { kind: 'quiet', version: 1, steps: [{ id: 'churn', skill: 'churn', goal: 'Who leaves?' }] };
  let attached = 0;
  const onFact = (_: string, { fact }: Fact) => (attached += Number(fact === 'context-attached'));
  const rigs = [decidersOf([churn.card]), decidersOf([churn.card], undefined, { own: [own] })].map((how, index) =>
    createRig({ log, how, agents: [churn], onFact, name: `daemon ${index}` }),
  );
  await rigs[0]?.start();
  await request(log, 'quiet');
  await until('the one that does not know it has done its part', () => attached === 1);
  await rigs[1]?.start();
  const run = await untilEnded(log, 'quiet');
  expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
  for (const rig of rigs) await rig.stop();
});
