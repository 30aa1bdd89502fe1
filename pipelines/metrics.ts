import { filter, map, merge, share } from 'rxjs';
import type { StreamEvent } from '../src/core/event.ts';
import { numberAt, textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { anomaly } from '../src/scoring/anomaly.ts';
import { metricAnomaly } from '../src/scoring/anomaly/metric-anomaly.ts';
import { usageTrend } from '../src/scoring/usage.ts';

/** Metrics: of services, whether they run as usual; of customers' use, where it goes. */
export default definePipeline({
  name: 'metrics',
  version: 1,
  description: 'Scores metrics against what is usual for them; tells of services that stay out of it',
  streams: ['metrics'],
  makes: ['metric_anomaly', 'metric_onset', 'usage_trend'],
  run(input, state) {
    const samples = input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'metrics.sample'),
      map(sampleOf),
      share(),
    );
    const anomalies = samples.pipe(
      filter(({ account }) => !account),
      scored(state, anomaly, { name: 'metric_anomaly', seen: (sample) => sample, subject: ({ name }) => name }),
      share(),
    );
    // The moment at which a metric begins to run unlike before; most samples are no such moment.
    const onsets = samples.pipe(
      scored(state, metricAnomaly, { seen: (sample) => sample, subject: ({ name }) => name }),
      filter(({ value }) => value > 0),
    );
    const usage = samples.pipe(
      filter(({ account }) => account),
      scored(state, usageTrend, { seen: (sample) => sample, subject: ({ name }) => name }),
    );
    const health = anomalies.pipe(
      state.keyed<ScoreDraft, Runs, Health>('runs', {
        initial: {},
        ttl: '2d',
        on: (runs, draft) => follow(runs, draft),
      }),
    );
    return merge(anomalies, onsets, usage, health.pipe(alerted(state, 'service-unusual', { judge })));
  },
});

function sampleOf({ id, time, entity, data }: StreamEvent) {
  return {
    eventId: id,
    at: Date.parse(time),
    account: entity.startsWith('account:'),
    name: textAt(data, 'name') ?? 'value',
    unit: textAt(data, 'unit') ?? '',
    value: numberAt(data, 'value') ?? Number.NaN,
  };
}

/** Of each metric of a service that is out of its usual: how many samples in a row, and how many usual ones since. */
type Runs = { readonly [metric: string]: { readonly odd: number; readonly calm: number } };

type Health =
  | { readonly kind: 'odd'; readonly odd: number; readonly metrics: readonly string[]; readonly draft: ScoreDraft }
  | { readonly kind: 'calm' };

/** A run begins with the first odd sample and ends with this many usual ones. */
const calmToEnd = 3;
const oddToWarn = 3;
const oddToAlarm = 6;
/** So many metrics of a service are followed at once; a further one has to wait until one of them is calm. */
const metricsMax = 50;

function follow(runs: Runs, draft: ScoreDraft): { state: Runs | undefined; emit: readonly Health[] } {
  const metric = draft.subject ?? '';
  const { [metric]: known, ...others } = runs;
  // A metric may be named like something every object has.
  const run = Object.hasOwn(runs, metric) ? known : undefined;
  if (draft.value >= 0.5) {
    if (!run && Object.keys(runs).length >= metricsMax) return { state: runs, emit: [] };
    const odd = (run?.odd ?? 0) + 1;
    const state = { ...others, [metric]: { odd, calm: 0 } };
    const metrics = Object.keys(state).toSorted();
    return { state, emit: odd >= oddToWarn ? [{ kind: 'odd', odd, metrics, draft }] : [] };
  }
  if (!run) return { state: runs, emit: [] };
  // One odd sample alone is forgotten with the next usual one.
  const calm = run.odd < oddToWarn ? calmToEnd : run.calm + 1;
  if (calm < calmToEnd) return { state: { ...others, [metric]: { ...run, calm } }, emit: [] };
  const over = Object.keys(others).length === 0;
  return { state: over ? undefined : others, emit: over ? [{ kind: 'calm' }] : [] };
}

function judge(health: Health, { entity }: { entity: string }) {
  if (health.kind === 'calm') return { clear: 'all metrics are as usual again' };
  const { odd, metrics, draft } = health;
  return {
    raise: {
      kind: 'system_performance',
      severity: odd >= oddToAlarm ? 'critical' : 'warning',
      title: `${nameOf(entity)} is not as usual: ${metrics.slice(0, 3).join(', ')}`,
      evidence: [
        { ...evidenceOf(draft), text: `${draft.subject}, ${odd} samples in a row: ${evidenceOf(draft).text}` },
      ],
      recommendedActions: ['Look what was deployed or changed before it began', 'Put a note on the status page'],
      roles: ['operations'],
      sources: ['metrics'],
    },
  } as const;
}
