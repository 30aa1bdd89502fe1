import { describe, expect, it } from 'vitest';
import { dealAfter, type Deal, type DealFact } from '../../src/scoring/deal.ts';
import { dealKept, keptOf } from '../../src/scoring/deal-kept.ts';
import { dealModel, dealWaitingAfter, notSeen, staysMax, type DealWaiting } from '../../src/scoring/deal-outcome.ts';
import { deepFrozen } from './arbitraries.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5);
const stage = (name: string, onDay: number): DealFact => ({
  eventId: `e-${name}`,
  at: start + onDay * day,
  kind: 'stage',
  stage: name,
});

const stages = ['appointmentscheduled', 'contractsent', 'qualifiedtobuy', 'none'];

/** What a deal of these facts teaches; its features are the place of the stage it was seen in, and the day. */
function taught(facts: readonly DealFact[], id = '1') {
  let deal: Deal | null = null;
  let waiting: DealWaiting = notSeen;
  const closed = [];
  for (const fact of facts) {
    const before: Deal | null = deal;
    deal = dealAfter(before, fact);
    // As it is remembered between two events.
    expect(dealKept(keptOf(deal))).toEqual(deal);
    const now = deal;
    const after = dealWaitingAfter(waiting, deepFrozen({ id, before, deal, at: fact.at }), () => ({
      stage: stages.indexOf(now.stage ?? 'none'),
      'age in stage': (fact.at - start) / day,
    }));
    waiting = deepFrozen(after.waiting ?? notSeen);
    if (after.closed) closed.push(after.closed);
  }
  return { closed, waiting };
}

describe('a deal that closed', () => {
  const way = [
    stage('appointmentscheduled', 0),
    stage('qualifiedtobuy', 4),
    { eventId: 'e-note', at: start + 9 * day, kind: 'activity' } as const,
    stage('contractsent', 10),
  ];

  it('teaches how it ended, and how long it stood in each stage', () => {
    const { closed } = taught([...way, stage('closedlost', 30)]);
    expect(closed).toMatchObject([
      {
        won: false,
        stays: [
          { stage: 'appointmentscheduled', days: 4 },
          { stage: 'qualifiedtobuy', days: 6 },
          { stage: 'contractsent', days: 20 },
        ],
      },
    ]);
  });

  it('is shown as it was in any of its stages, each about as often, and as it was last seen there', () => {
    const seen = new Map<string, number>();
    for (let id = 0; id < 600; id++) {
      const [deal] = taught([...way, stage('closedwon', 30)], `deal ${id}`).closed;
      const name = stages[Number(deal?.features['stage'])] ?? 'none';
      if (name === 'qualifiedtobuy') expect(deal?.features['age in stage']).toBe(9);
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    expect([...seen.keys()].toSorted()).toEqual(['appointmentscheduled', 'contractsent', 'qualifiedtobuy']);
    for (const count of seen.values()) expect(count).toBeGreaterThan(150);
  });

  it('teaches once, and again when it was opened again', () => {
    const note: DealFact = { eventId: 'e-note', at: start + 40 * day, kind: 'amount', amount: 0 };
    expect(taught([...way, stage('closedlost', 30), note]).closed).toHaveLength(1);
    const reopened = [...way, stage('closedlost', 30), stage('contractsent', 40), stage('closedwon', 50)];
    expect(taught(reopened).closed.map(({ won }) => won)).toEqual([false, true]);
  });

  it('teaches nothing where it was never seen open', () => {
    expect(taught([stage('closedwon', 0)]).closed).toEqual([]);
  });

  it('takes little room, however often it went to and fro', () => {
    const facts = Array.from({ length: 200 }, (_, index) => stage(`stage ${index % 7}`, index));
    const { waiting } = taught(facts);
    expect(waiting[2]).toHaveLength(staysMax);
    expect(JSON.stringify(waiting).length).toBeLessThan(1_000);
  });

  it('shows what was learned of it', () => {
    const [deal] = taught([...way, stage('closedwon', 30)]).closed;
    if (!deal) throw new Error('it closed');
    const { outcomes, weights, calibration } = dealModel.show(dealModel.learn(dealModel.initial, deal));
    expect(outcomes).toEqual({ positive: 1, negative: 0 });
    expect(weights.length).toBeGreaterThan(5);
    expect(calibration).toHaveLength(1);
  });
});
