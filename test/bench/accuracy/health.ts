import type { StreamEvent } from '../../../src/core/event.ts';
import { numberAt, textAt } from '../../../src/core/read.ts';
import { health, type HealthGroup, type HealthSeen } from '../../../src/scoring/health.ts';
import { onParts, type Folder } from './data.ts';
import { timed, type MeasureAccuracy } from './measure.ts';
import { auc, type Judged } from './metrics.ts';
import { telcoAt, telcoCustomers, telcoFile } from './telco.ts';
import { throughRuntime, type Point } from './through.ts';

/** Customer health against who left: no weight is fitted to anything. Through the runtime, a measure an event. */
export const measureHealth: MeasureAccuracy = (sets, progress) => {
  if (!sets.dev.has(telcoFile)) return [{ score: 'customer_health', on: 'telco-churn', absent: telcoFile }];
  progress('customer health on telco-churn');
  const { dev, heldOut } = onParts(sets, telcoFile, judged);
  return [
    {
      score: 'customer_health',
      on: 'telco-churn, AUC of 100 − health',
      ...(dev && { dev: auc(dev.judged) }),
      ...(heldOut && { heldOut: auc(heldOut.judged) }),
      floor: 0.8,
      goal: 0.84,
      better: 'higher',
      anchors: 'hand-weighted rule 0.842, tenure alone 0.733',
      ...(dev && { microseconds: dev.microseconds }),
      note: 'measures mapped by hand, nothing fitted',
    },
    {
      score: 'customer_health',
      on: 'telco-churn, deciles out of order by the share that left',
      ...(dev && { dev: outOfOrder(dev.judged) }),
      ...(heldOut && { heldOut: outOfOrder(heldOut.judged) }),
      floor: 0,
      goal: 0,
      better: 'lower',
      anchors: 'monotone is 0',
    },
  ];
};

function judged(folder: Folder) {
  const customers = telcoCustomers(folder.text(telcoFile));
  const points = customers.flatMap(({ id, measures }) =>
    measures.map((data): Point => ({ time: telcoAt, entity: `account:${id}`, data })),
  );
  const { result, microseconds } = timed(points.length, () => lastTold(points));
  return {
    microseconds,
    judged: customers.map(({ id, left }): Judged => ({
      score: 100 - (result.get(`account:${id}`) ?? 0),
      positive: left,
    })),
  };
}

/** Each customer's health as it was told last. */
function lastTold(points: readonly Point[]): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  for (const score of throughRuntime(health, points, measureIn)) if (score) told.set(score.entity, score.value);
  return told;
}

function measureIn({ id, time, data }: StreamEvent): HealthSeen | undefined {
  const group = groups.find((name) => name === textAt(data, 'group'));
  const value = numberAt(data, 'value');
  if (group === undefined || value === undefined) return undefined;
  return { eventId: id, at: Date.parse(time), quote: textAt(data, 'quote') ?? '', group, value };
}

const groups: readonly HealthGroup[] = ['use', 'support', 'sentiment', 'engagement', 'commercial'];

/** How many deciles of health, from the worst on, have more who left than the one before. */
function outOfOrder(judged: readonly Judged[]): number {
  const worstFirst = judged.toSorted((a, b) => b.score - a.score);
  const shares = Array.from({ length: 10 }, (_, decile) => {
    const of = worstFirst.slice(
      Math.floor((decile * judged.length) / 10),
      Math.floor(((decile + 1) * judged.length) / 10),
    );
    return of.filter(({ positive }) => positive).length / of.length;
  });
  return shares.filter((share, decile) => decile > 0 && share > (shares[decile - 1] ?? 1)).length;
}
