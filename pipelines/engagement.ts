import { map, merge, share } from 'rxjs';
import { numberAt, textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type Input, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf } from '../src/pipeline/evidence.ts';
import { absent, type Absence } from '../src/pipeline/operators/absent.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { hoppingWindows, type ClosedWindow } from '../src/pipeline/operators/hopping-windows.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { tunedBy } from '../src/pipeline/operators/tuned.ts';
import { engagementChange, type EngagementSeen } from '../src/scoring/engagement.ts';
import { settings, type Tuned } from './engagement/settings.ts';

/**
 * Engagement: whether a customer talks, writes and logs in as much as it used to. Judged once a week, over the last two weeks
 * against those before, and once more when nothing at all has come for two weeks.
 */
export default definePipeline({
  name: 'engagement',
  version: 1,
  description: 'Compares what customers do (calls, conversations, logins) with what they used to do, every week',
  streams: ['gong', 'intercom', 'metrics'],
  makes: ['engagement_change'],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const activity = input.pipe(
      each((input) => activityOf(input)),
      share(),
    );
    const fortnights = activity.pipe(
      hoppingWindows(state, 'fortnight', { size: '14d', every: '7d', initial: nothing, add }),
      map(seen),
    );
    const silences = activity.pipe(
      absent(state, 'activity', { awaiting: () => true, ends: () => true, within: '14d' }),
      map(silent),
    );
    const changes = merge(fortnights, silences).pipe(
      scored(state, engagementChange, { seen: (fortnight) => fortnight, ttl: '180d' }),
      share(),
    );
    return merge(
      changes,
      changes.pipe(
        alerted(state, 'engagement-fallen', { judge: tuned(judge), repeatEvery: '14d', expireAfter: '28d' }),
      ),
    );
  },
});

interface Done {
  readonly eventId: string;
  readonly at: number;
  readonly kind: string;
  /** Of something that is measured, how much; undefined where it is counted. */
  readonly measured?: number;
}

function activityOf(input: Input): readonly Done[] {
  if (!isEvent(input) || !input.entity.startsWith('account:')) return [];
  const { id: eventId, type, time, data } = input;
  const seen = { eventId, at: Date.parse(time) };
  if (type === 'gong.call') return [{ ...seen, kind: 'calls' }];
  if (type === 'intercom.conversation.user.created') return [{ ...seen, kind: 'conversations' }];
  const name = textAt(data, 'name') ?? '';
  const measured = numberAt(data, 'value');
  if (type !== 'metrics.sample' || measured === undefined || measured < 0 || !presence.test(name)) return [];
  return [{ ...seen, kind: name.slice(0, 40), measured }];
}

/** Metrics of people being there, rather than of what they do. */
const presence = /active.?users|log.?ins?\b|sign.?ins?\b|sessions?\b/i;

type Fortnight = {
  readonly eventId: string;
  readonly first: number;
  /** By kind, counted or measured: the sum, and of how many samples; 0 where it is counted. */
  readonly kinds: { readonly [kind: string]: readonly [sum: number, samples: number] };
};
const nothing: Fortnight = { eventId: '', first: Number.MAX_SAFE_INTEGER, kinds: {} };
const kindsMax = 8;

function add({ first, kinds }: Fortnight, { eventId, at, kind, measured }: Done): Fortnight {
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  const room = known !== undefined || Object.keys(kinds).length < kindsMax;
  const [sum, samples] = known ?? [0, 0];
  const grown = measured === undefined ? ([sum + 1, 0] as const) : ([sum + measured, samples + 1] as const);
  return { eventId, first: Math.min(first, at), kinds: room ? { ...kinds, [kind]: grown } : kinds };
}

function seen({ start, end, sum: { eventId, first, kinds } }: ClosedWindow<Fortnight>): EngagementSeen {
  const activity = Object.entries(kinds).map(([kind, [sum, samples]]) => [kind, sum / Math.max(samples, 1)]);
  return { eventId, start, end, first, activity: Object.fromEntries(activity) };
}

function silent({ since, deadline, eventId }: Absence<true>): EngagementSeen {
  return { eventId, start: since, end: deadline, first: since, activity: {} };
}

function judge(tuned: Tuned, change: ScoreDraft, { entity }: { entity: string }) {
  if (change.value > tuned.engagedAbove) return { clear: 'it is as engaged as it used to be' };
  if (change.value > tuned.quieterAt) return undefined;
  return {
    raise: {
      kind: 'customer_health',
      severity: change.value > tuned.quieterWarnAt ? 'info' : 'warning',
      title: `${nameOf(entity)} has become quieter`,
      evidence: [evidenceOf(change)],
      recommendedActions: ['Ask what has changed for them', 'Look whether the people who used it are still there'],
      roles: ['customer-success'],
      sources: ['gong', 'intercom', 'metrics'],
    },
  } as const;
}
