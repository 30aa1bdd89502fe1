import { eventsOnTheLog } from '../support/events.ts';
import type { Measure } from '../support/figure.ts';
import { median } from '../support/alternate.ts';
import { inOwnProcess, type Runner } from '../support/process.ts';
import { recordWork } from '../support/work.ts';
import { timed } from '../accuracy/measure.ts';
import { otherScorers, type Calls } from './other-scorers.ts';
import { eventsIn } from './stream.ts';

const eventsMax = 40_000;
/** So many calls are timed at least, over again where there are fewer. */
const callsMin = 20_000;
/** A scorer that takes longer than this a call is not repeated: the clock is fine enough for it. */
const slowUs = 200;

/** What a text, a metric's point and a transaction may take, µs; the others have no target. */
const belowUs: Readonly<Record<string, number>> = {
  call_sentiment: 20,
  deal_tone: 20,
  conversation_sentiment: 20,
  urgency: 20,
  learned_urgency: 20,
  competitor_mentions: 20,
  news_impact: 20,
  metric_anomaly: 5,
  metric_onset: 5,
  usage_trend: 5,
  trend: 5,
  change_point: 5,
  transaction: 20,
  transaction_risk: 20,
  payment_risk: 20,
  payment_size: 20,
};

interface Told {
  readonly score: string;
  readonly us: number;
  readonly calls: number;
}

/** Every scorer, by processor time: those of the pipelines on what they are shown there, the others on the same events. */
export const measureScorers: Measure = async ({ rounds, scale, progress }) => {
  progress('scorers: making their inputs');
  const runner = await inOwnProcess(import.meta.url, createScorers, { events: Math.round(eventsMax * scale) });
  const told: Told[] = [];
  for (let round = 0; round <= rounds; round++) {
    progress(`scorers: ${round === 0 ? 'warming' : `round ${round} of ${rounds}`}`);
    const each = await runner.run(null);
    if (round > 0) told.push(...each);
  }
  await runner.stop();
  return [...new Set(told.map(({ score }) => score))].map((score) => {
    const own = told.filter((each) => each.score === score);
    const below = belowUs[score];
    return {
      what: `scorer ${score}`,
      unit: 'µs an item',
      weir: median(own.map(({ us }) => us)),
      ...(below !== undefined && { target: { of: 'weir', below } as const }),
      note: `${own[0]?.calls} items of the simulated stream`,
    };
  });
};

export async function createScorers({ events }: { readonly events: number }): Promise<Runner<null, readonly Told[]>> {
  const messages = await eventsOnTheLog(events);
  const { calls } = await recordWork(messages);
  const byScore = new Map<string, (() => void)[]>();
  for (const { score, again } of calls) {
    const known = byScore.get(score);
    if (known) known.push(again);
    else byScore.set(score, [again]);
  }
  const all: readonly Calls[] = [
    ...Array.from(byScore, ([score, own]) => ({
      score,
      items: own.length,
      call: () => own.forEach((again) => again()),
    })),
    ...otherScorers(eventsIn(messages)),
  ];
  return {
    run: async () => all.map(timedCalls),
    stop: async () => undefined,
  };
}

function timedCalls({ score, items, call }: Calls): Told {
  const once = timed(items, call).microseconds;
  if (once > slowUs) return { score, us: once, calls: items };
  const times = Math.ceil(callsMin / items);
  const { microseconds } = timed(items * times, () => {
    for (let time = 0; time < times; time++) call();
  });
  return { score, us: microseconds, calls: items };
}
