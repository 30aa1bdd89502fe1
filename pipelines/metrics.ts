import { filter, map, merge, share } from 'rxjs';
import type { StreamEvent } from '../src/core/event.ts';
import { numberAt, textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type InsightDraft, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf, told } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { hoppingWindows, type ClosedWindow } from '../src/pipeline/operators/hopping-windows.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { silences, type Silence } from '../src/pipeline/operators/silences.ts';
import { tunedBy } from '../src/pipeline/operators/tuned.ts';
import { anomaly } from '../src/scoring/anomaly.ts';
import { metricAnomaly } from '../src/scoring/anomaly/metric-anomaly.ts';
import { changePoint } from '../src/scoring/change-point.ts';
import { limitCrossing } from '../src/scoring/limit-crossing.ts';
import { trend } from '../src/scoring/trend.ts';
import { usageTrend } from '../src/scoring/usage.ts';
import { follow, metricsMax, type Health, type Runs } from './metrics/runs.ts';
import { settings, type Tuned } from './metrics/settings.ts';
import { lookInto } from './metrics/tasks.ts';

/**
 * Metrics. Of services: whether they run as usual, whether they are heard of at all, whether a limit is reached soon, and where
 * their daily means go over weeks. Of customers: whether they use the product as they used to.
 */
export default definePipeline({
  name: 'metrics',
  version: 4,
  description:
    'Scores metrics against what is usual for them; tells of services that stay out of it, fall silent or fill up',
  streams: ['metrics'],
  makes: ['metric_anomaly', 'metric_onset', 'metric_trend', 'level_change', 'limit_crossing', 'usage_trend'],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const samples = input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'metrics.sample'),
      map(sampleOf),
      share(),
    );
    const ofServices = samples.pipe(
      filter(({ account }) => !account),
      share(),
    );
    const usage = samples.pipe(
      filter(({ account }) => account),
      scored(state, usageTrend, { seen: (sample) => sample, subject: ({ name }) => name }),
    );

    // As they come: whether a sample is odd, and the moment at which a metric begins to run unlike before.
    const anomalies = ofServices.pipe(
      scored(state, anomaly, { name: 'metric_anomaly', seen: (sample) => sample, subject: ({ name }) => name }),
      share(),
    );
    const onsets = ofServices.pipe(
      scored(state, metricAnomaly, { seen: (sample) => sample, subject: ({ name }) => name }),
      filter(({ value }) => value > 0),
    );
    const health = anomalies.pipe(
      state.keyed<ScoreDraft, Runs, Health>('runs', {
        initial: {},
        ttl: '2d',
        on: tuned(follow),
      }),
      share(),
    );
    const silent = ofServices.pipe(
      silences(state, 'metric', { times: 5, atLeast: '5m', key: ({ name }) => name }),
      state.keyed<Silence, readonly string[], Speaking>('silent', {
        initial: [],
        ttl: '30d',
        on: (metrics, silence) => listen(metrics, silence),
      }),
    );

    // By the day: what is too slow to be odd, a trend or a level that has moved for good.
    const days = ofServices.pipe(
      hoppingWindows(state, 'day', { size: '1d', initial: noSamples, add: addSample, key: ({ name }) => name }),
      map(meanOf),
      share(),
    );
    const trends = days.pipe(
      scored(state, trend, { name: 'metric_trend', seen: (day) => day, subject: ({ name }) => name }),
    );
    const levels = days.pipe(
      scored(state, changePoint, { name: 'level_change', seen: (day) => day, subject: ({ name }) => name }),
      filter(({ value }) => Math.abs(value) === 1),
      share(),
    );

    // By the quarter of a day: what has a limit, and when it is there.
    const crossings = ofServices.pipe(
      filter(({ limit }) => limit !== undefined),
      hoppingWindows(state, 'fill', { size: '6h', initial: noSamples, add: addSample, key: ({ name }) => name }),
      map(meanOf),
      scored(state, limitCrossing, { seen: (fill) => fill, subject: ({ name }) => name }),
      share(),
    );

    return merge(
      usage,
      anomalies,
      onsets,
      health.pipe(alerted(state, 'service-unusual', { judge: tuned(judge) })),
      health.pipe(each(tuned(lookInto))),
      silent.pipe(alerted(state, 'metric-silent', { judge: judgeSilence })),
      trends,
      levels,
      levels.pipe(each((level) => moved(level))),
      crossings,
      crossings.pipe(
        alerted(state, 'limit-near', {
          judge: tuned(judgeCrossing),
          about: ({ subject }) => subject ?? '',
          repeatEvery: '1d',
        }),
      ),
    );
  },
});

function sampleOf({ id, time, entity, data }: StreamEvent) {
  const name = textAt(data, 'name') ?? 'value';
  const unit = textAt(data, 'unit') ?? '';
  return {
    eventId: id,
    at: Date.parse(time),
    account: entity.startsWith('account:'),
    name,
    unit,
    value: numberAt(data, 'value') ?? Number.NaN,
    limit: numberAt(data, 'limit') ?? (percent.test(unit) && filling.test(name) ? 100 : undefined),
  };
}
type Sample = ReturnType<typeof sampleOf>;

const percent = /^(?:%|percent|pct)$/i;
/** Of what is full at a hundred percent, and is then no use. */
const filling = /disk|storage|volume|filesystem|inode|quota|capacity|memory/i;

/** What a window of samples comes to. */
type Sum = {
  readonly eventId: string;
  readonly unit: string;
  readonly limit: number;
  readonly sum: number;
  readonly samples: number;
};
const noSamples: Sum = { eventId: '', unit: '', limit: 0, sum: 0, samples: 0 };

function addSample(before: Sum, { eventId, unit, limit = 0, value }: Sample): Sum {
  if (!(Math.abs(value) < 1e100)) return before;
  return { eventId, unit: unit.slice(0, 20), limit, sum: before.sum + value, samples: before.samples + 1 };
}

function meanOf({ key, start, end, sum: { sum, samples, ...rest } }: ClosedWindow<Sum>) {
  return { ...rest, name: key, start, at: end, everyMs: end - start, value: sum / samples };
}

function judge({ oddToAlarm }: Tuned, health: Health, { entity }: { entity: string }) {
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

type Speaking = { readonly silence: Silence; readonly metrics: readonly string[] };

/** Which metrics of a service are silent: an alert is about the service. */
function listen(metrics: readonly string[], silence: Silence): { state: readonly string[]; emit: readonly Speaking[] } {
  const others = metrics.filter((name) => name !== silence.key);
  const state = silence.kind === 'silent' ? [...others, silence.key].slice(-metricsMax) : others;
  return { state, emit: [{ silence, metrics: state }] };
}

function judgeSilence({ silence, metrics }: Speaking, { entity }: { entity: string }) {
  if (metrics.length === 0) return { clear: 'all metrics are heard of again' };
  if (silence.kind === 'speaking') return undefined;
  const since = new Date(silence.since).toISOString();
  const usual = `usually one in ${Math.round(silence.usualMs / 60_000)} minutes`;
  return {
    raise: {
      kind: 'system_performance',
      severity: 'warning',
      title: `${nameOf(entity)} is not heard of: ${metrics.slice(0, 3).join(', ')}`,
      evidence: [told(`No sample of ${silence.key} since ${since}, ${usual}`, silence.eventId)],
      recommendedActions: ['Look whether the service runs', 'Look whether its samples are sent and reach weir'],
      roles: ['operations'],
      sources: ['metrics'],
    },
  } as const;
}

function judgeCrossing(tuned: Tuned, crossing: ScoreDraft, { entity }: { entity: string }) {
  if (crossing.value < tuned.limitFarUnder) return { clear: 'its limit is not near any more' };
  if (crossing.value < tuned.limitNearFrom) return undefined;
  const days = crossing.contributions.find(({ name }) => name === 'days left')?.value ?? 7;
  return {
    raise: {
      kind: 'system_performance',
      severity: days <= tuned.limitCriticalDays ? 'critical' : 'warning',
      title: `${crossing.subject} of ${nameOf(entity)} reaches its limit in about ${Math.round(days)} days`,
      evidence: [evidenceOf(crossing)],
      recommendedActions: ['Make room, or raise the limit', 'Look what began to grow'],
      roles: ['operations'],
      sources: ['metrics'],
    },
  } as const;
}

/** A level that moved for good is no outage: it is what the service runs at from now on. */
function moved(level: ScoreDraft): readonly InsightDraft[] {
  const [reason] = level.contributions;
  if (!reason) return [];
  return [
    {
      output: 'insight',
      name: `level-moved/${level.subject}`,
      kind: 'risk',
      title: `${level.subject} has moved ${level.value > 0 ? 'up' : 'down'} for good`,
      detail: `Daily mean ${reason.quote}.`,
      expectedValue: null,
      currency: null,
      confidence: level.confidence,
      eventIds: [reason.eventId],
    },
  ];
}
