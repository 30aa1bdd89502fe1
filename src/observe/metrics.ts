import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type LabelValues } from 'prom-client';
import { messageOf } from '../core/errors.ts';

/** Figures for Prometheus: names begin with `weir_` and end with their unit; labels have few values. */
export interface Metrics {
  counter<L extends string>(name: `weir_${string}_total`, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string>(name: `weir_${string}`, help: string, labels?: readonly L[]): Gauge<L>;
  histogram<L extends string>(
    name: `weir_${string}_${'seconds' | 'bytes' | 'events'}`,
    help: string,
    buckets: readonly number[],
    labels?: readonly L[],
  ): Observed<L>;
  /** Called before each scrape, for what is only known by asking. What rejects leaves its gauge as it was. */
  beforeScrape(ask: () => Promise<void> | void): void;
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface Observed<L extends string> {
  /** `value` in the unit its name ends with. */
  observe(value: number, labels?: LabelValues<L>): void;
}

/** From a millisecond to half a minute. */
export const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics({ version, scrapeFailed }: MetricsDeps): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const asks: (() => Promise<void> | void)[] = [];
  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'weir_info', help: 'Which version runs; always 1.', labelNames: ['version'], registers }).set(
    { version },
    1,
  );

  return {
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels = []) => new Gauge({ name, help, labelNames: [...labels], registers }),
    histogram: (name, help, buckets, labels = []) => {
      const histogram = new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers });
      return observedTogether(histogram, (handOver) => void asks.push(handOver));
    },
    beforeScrape: (ask) => void asks.push(ask),
    async text() {
      await Promise.all(
        asks.map(async (ask) => ask()).map((asked) => asked.catch((error: unknown) => scrapeFailed(messageOf(error)))),
      );
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

export interface MetricsDeps {
  readonly version: string;
  scrapeFailed(reason: string): void;
}

/** Observations of one histogram held back at most. */
const heldMax = 256;

/**
 * Gives a histogram its observations many at once, and those left before each scrape: one at a time, among everything
 * else a request needs, each costs a multiple of what it costs in a row.
 */
function observedTogether<L extends string>(
  histogram: Histogram<L>,
  beforeScrape: (handOver: () => void) => void,
): Observed<L> {
  let held: { readonly value: number; readonly labels: LabelValues<L> }[] = [];
  const handOver = () => {
    for (const { value, labels } of held) histogram.observe(labels, value);
    held = [];
  };
  beforeScrape(handOver);
  return {
    observe(value: number, labels: LabelValues<L> = {}) {
      held.push({ value, labels });
      if (held.length >= heldMax) handOver();
    },
  };
}
