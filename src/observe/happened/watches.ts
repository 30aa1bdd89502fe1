import type { Observing } from '../happened.ts';
import type { Law } from '../law.ts';

/** What no happening tells: it is asked for at each scrape. */
export interface Watches {
  /** The conservation law, in events. */
  law(ask: () => Promise<Law>): void;
  /** How many messages a reader has before it. */
  lag(reader: string, ask: () => Promise<number>): void;
  /** How much stands in a queue that has a limit. */
  queue(name: string, ask: () => number): void;
}

export function watches({ metrics }: Observing): Watches {
  const law = metrics.gauge(
    'weir_law_events',
    'received = ignored + rejected + accepted; accepted = stored + duplicates + dead + pending + lost.',
    ['term'],
  );
  const lag = metrics.gauge('weir_lag_messages', 'Messages a reader has before it.', ['reader']);
  const queue = metrics.gauge('weir_queue_depth', 'What stands in a queue.', ['queue']);
  return {
    law: (ask) =>
      metrics.beforeScrape(async () => {
        for (const [term, events] of Object.entries(await ask())) law.set({ term }, events);
      }),
    lag: (reader, ask) => metrics.beforeScrape(async () => lag.set({ reader }, await ask())),
    queue: (name, ask) => metrics.beforeScrape(() => queue.set({ queue: name }, ask())),
  };
}
