import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { AgentReport } from '../../src/core/agent.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import { defaultLimits } from '../../src/orchestration/run.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { createMemoryLog } from '../support/memory-log.ts';
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

async function runEnded(kind: string) {
  const log = createMemoryLog(systemClock);
  const rig = createRig({
    log,
    how: decidersOf([churn.card]),
    agents: [churn],
  });
  await rig.start();
  await startRun(log, systemClock, {
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
  const run = await untilEnded(log, kind);
  await rig.stop();
  return run;
}

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
  const run = await runEnded(kind);
  expect(factOf(run, 'run-ended')?.fact).toMatchObject({ outcome: 'failed', why: expect.stringContaining(why) });
});
