import type { AgentInsight } from '../../../src/core/agent.ts';
import { calibrated } from '../../../src/orchestration/calibration.ts';
import type { Fact } from '../../../src/orchestration/facts.ts';
import { unlearnt, type LearningPool } from '../../../src/orchestration/pool.ts';
import { posteriorAt, subjectOf } from '../../../src/orchestration/posteriors.ts';
import { aCard, aSkill } from '../a-card.ts';

const cards = ['a', 'b'].map((name) => aCard(name, [aSkill('churn')]));

const newPool = () => unlearnt(cards);

/** A pool that has read so much, each line an entry of a run. */
export function having(...entries: readonly (readonly [run: string, ...facts: Fact[]])[]): LearningPool {
  const pool = newPool();
  for (const [index, [run, ...facts]] of entries.entries()) {
    pool.sawEntry('acme', run, { at: (index + 1) * 1_000, facts }, index + 1);
  }
  return pool;
}

export const churnOf = (pool: LearningPool, agent: string, org = 'acme') =>
  posteriorAt(pool.known(org).posteriors, subjectOf('agent', agent, 'churn'), 0);

/** That a customer is likely to leave. */
export const aFinding = (over: Partial<AgentInsight> = {}): AgentInsight => ({
  kind: 'risk',
  entity: 'account:brightloom',
  title: 'They may leave',
  detail: '',
  evidence: [],
  effect: { name: 'risk', value: 0.9, unit: '1' },
  confidence: 0.9,
  action: { text: 'Call them', expectedValue: null, currency: null },
  ...over,
});

/** How sure an agent that says 0.9 is to be taken. */
export const sure = (pool: LearningPool, agent = 'a') => calibrated(pool.known('acme').calibrations, agent, 0.9);

/** That the customer of the findings left, or is still there, on a day. */
export const churned = (left: boolean, day: string) =>
  ({ said: 'churn', entity: 'account:brightloom', left, time: `${day}T00:00:00.000Z` }) as const;
