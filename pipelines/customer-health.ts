import { filter, map, merge, share } from 'rxjs';
import type { Severity } from '../src/core/alert.ts';
import type { StreamEvent } from '../src/core/event.ts';
import { jsonAt, numberAt, textAt } from '../src/core/read.ts';
import type { Score } from '../src/core/score.ts';
import { definePipeline, isEvent, type Input, type ScoreDraft, type TaskDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { tunedBy, tunedScorer } from '../src/pipeline/operators/tuned.ts';
import { churnModel } from '../src/scoring/churn-outcome.ts';
import { createHealth, type HealthSeen } from '../src/scoring/health.ts';
import { leavingCues } from '../src/scoring/interest.ts';
import { plainText } from '../src/scoring/text.ts';
import { churnRisk, churnSignsIn } from './customer-health/churn.ts';
import {
  between,
  engagementToMeasure,
  toneToMeasure,
  trendToMeasure,
  urgencyToMeasure,
} from './customer-health/curves.ts';
import { settings, type Tuned } from './customer-health/settings.ts';

/** Customers: how each of them is, from all that is known of calls, conversations, money and use. */
export default definePipeline({
  name: 'customer-health',
  version: 5,
  description: 'How a customer is and how likely it leaves, over all streams and the scores of other pipelines',
  streams: ['gong', 'intercom', 'finance'],
  scores: [
    'call_sentiment',
    'competitor_mentions',
    'conversation_sentiment',
    'engagement_change',
    'payment_risk',
    'urgency',
    'usage_trend',
  ],
  makes: ['customer_health', 'churn_risk'],
  models: [churnModel],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const ofCustomers = input.pipe(
      filter(({ entity }) => entity.startsWith('account:')),
      share(),
    );
    const figures = ofCustomers.pipe(
      each((input) => signsIn(input)),
      scored(state, tunedScorer(state, settings, healthBy), { seen: (sign) => sign, ttl: '180d' }),
      share(),
    );
    const bands = figures.pipe(
      state.keyed<ScoreDraft, Band, Banded>('band', {
        initial: 'well',
        ttl: '180d',
        on: tuned((bounds, band, figure) => {
          const next = bandAfter(bounds, band, figure);
          return { state: next, emit: [{ before: band, band: next, figure }] };
        }),
      }),
      share(),
    );
    const looks = bands.pipe(
      filter(({ before, band }) => band === 'at risk' && before !== band),
      map(({ figure }) => lookInto(figure)),
    );
    const risks = ofCustomers.pipe(
      each((input) => churnSignsIn(input)),
      churnRisk(state),
    );
    return merge(figures, risks, looks, bands.pipe(alerted(state, 'health-low', { judge, repeatEvery: '7d' })));
  },
});

function healthBy(tuned: Tuned) {
  const { useWeight: use, supportWeight: support, sentimentWeight: sentiment } = tuned;
  const { engagementWeight: engagement, commercialWeight: commercial, unknownWeight } = tuned;
  return createHealth({ use, support, sentiment, engagement, commercial }, unknownWeight);
}

function signsIn(input: Input): readonly HealthSeen[] {
  const at = Date.parse(input.time);
  if (isEvent(input)) return signsOfEvent(input).map((sign) => ({ eventId: input.id, at, ...sign }));
  const eventId = input.contributions[0]?.eventId ?? input.id;
  return signsOfScore(input).map((sign) => ({ eventId, at, ...sign }));
}

/** A sign without its event and time. */
type Sign = HealthSeen extends infer S ? (S extends HealthSeen ? Omit<S, 'eventId' | 'at'> : never) : never;

function signsOfScore({ name, value, contributions }: Score): readonly Sign[] {
  const strongest = contributions.find(({ quote }) => quote !== null)?.quote;
  const quote = `${name} ${value.toFixed(2)}${strongest === undefined ? '' : `: ${strongest}`}`;
  switch (name) {
    case 'call_sentiment':
    case 'conversation_sentiment':
      return [{ group: 'sentiment', value: between(value, toneToMeasure), quote }];
    case 'urgency':
      return [{ group: 'support', value: between(value, urgencyToMeasure), quote }];
    case 'competitor_mentions':
      return [{ group: 'engagement', value: 1 - value, quote }];
    case 'engagement_change':
      return [{ group: 'engagement', value: between(value, engagementToMeasure), quote }];
    case 'usage_trend':
      return [{ group: 'use', value: between(value, trendToMeasure), quote }];
    case 'payment_risk': {
      const stopped: Sign[] =
        value === 0 || value >= 0.75 ? [{ cap: 'payment stopped', atMost: value === 0 ? null : 54, quote }] : [];
      return [{ group: 'commercial', value: 1 - value, quote }, ...stopped];
    }
    default:
      return [];
  }
}

function signsOfEvent({ type, data }: StreamEvent): readonly Sign[] {
  switch (type) {
    case 'gong.call':
      return [{ group: 'engagement', value: 0.9, quote: textAt(data, 'callData', 'metaData', 'title') ?? 'a call' }];
    case 'intercom.conversation.rating.added': {
      const rating = numberAt(data, 'data', 'item', 'conversation_rating', 'rating');
      return rating === undefined ? [] : [{ group: 'support', value: (rating - 1) / 4, quote: `rated ${rating} of 5` }];
    }
    case 'intercom.conversation.user.created':
    case 'intercom.conversation.user.replied':
      return noticeIn(type, jsonAt(data, 'data', 'item'));
    case 'stripe.charge.dispute.created':
      return [
        { cap: 'disputed', atMost: 60, quote: textAt(data, 'data', 'object', 'reason') ?? 'a payment is disputed' },
      ];
    case 'stripe.customer.subscription.deleted':
      return [{ cap: 'cancelled', atMost: 10, quote: 'the subscription has ended' }];
    case 'stripe.customer.subscription.updated':
      return subscriptionSigns(data);
    default:
      return [];
  }
}

function noticeIn(type: string, item: Parameters<typeof textAt>[0]): readonly Sign[] {
  const part = textAt(item, 'conversation_parts', 'conversation_parts', -1, 'body');
  const body = type.endsWith('created') ? textAt(item, 'source', 'body') : part;
  const [cue] = body === undefined ? [] : leavingCues(plainText(body));
  return cue ? [{ cap: 'notice given', atMost: 50, quote: cue.quote }] : [];
}

function subscriptionSigns(data: StreamEvent['data']): readonly Sign[] {
  const planned = jsonAt(data, 'data', 'object', 'cancel_at_period_end') === true;
  if (planned) return [{ cap: 'cancellation planned', atMost: 35, quote: 'the subscription ends with the period' }];
  const undone = jsonAt(data, 'data', 'previous_attributes', 'cancel_at_period_end') === true;
  return undone ? [{ cap: 'cancellation planned', atMost: null, quote: 'the subscription goes on' }] : [];
}

/** From bad to good; each but the last begins under its number of points and is left `hysteresis` points above it. */
const bands = ['at risk', 'act', 'watch', 'well'] as const;
type Band = (typeof bands)[number];
type Banded = { readonly before: Band; readonly band: Band; readonly figure: ScoreDraft };

const severityOf: Readonly<Record<Band, Severity>> = {
  'at risk': 'critical',
  act: 'warning',
  watch: 'info',
  well: 'info',
};

function bandAfter(tuned: Tuned, band: Band, { value, confidence }: ScoreDraft): Band {
  // With less known than this, a low figure says more about what is not known.
  if (confidence < tuned.confidenceToJudge) return band;
  const under = [tuned.atRiskUnder, tuned.actUnder, tuned.watchUnder, Infinity];
  const bandOf = (points: number): number => under.findIndex((bound) => points < bound);
  const before = bands.indexOf(band);
  const down = bandOf(value);
  // Up only as far as the band would be with the hysteresis taken off.
  const up = bandOf(value - tuned.hysteresis);
  return bands[down < before ? down : Math.max(Math.min(up, bands.length - 1), before)] ?? band;
}

function judge({ band, figure }: Banded, { entity }: { entity: string }) {
  if (band === 'well') return { clear: `health is ${Math.round(figure.value)} again` };
  return {
    raise: {
      kind: 'customer_health',
      severity: severityOf[band],
      title: `Health of ${nameOf(entity)} is ${Math.round(figure.value)} of 100`,
      evidence: [worstOf(figure)],
      recommendedActions:
        band === 'watch'
          ? ['Ask the account’s owner how things stand']
          : [
              'Call the customer’s sponsor this week',
              'Settle open tickets and invoices first',
              'Agree on a plan with dates',
            ],
      roles: ['customer-success'],
      sources: ['gong', 'intercom', 'stripe', 'metrics'],
    },
  } as const;
}

/** Agents look closer at a customer that has come to be at risk. */
const lookInto = (figure: ScoreDraft): TaskDraft => ({
  output: 'task',
  name: 'customer_health',
  goal: 'Say what is wrong with this customer, what it may cost, and what to do',
  context: { health: figure.value, because: worstOf(figure).text },
  alert: { rule: 'health-low' },
});

/** What pulls the figure down most: each measure by how far it is from full, times its weight. */
function worstOf(figure: ScoreDraft) {
  const lost = ({ weight, value }: (typeof figure.contributions)[number]): number =>
    weight === 1 ? -value : weight * (1 - value);
  const worst = figure.contributions
    .filter(({ quote }) => quote !== null)
    .toSorted((a, b) => lost(b) - lost(a))
    .slice(0, 3);
  const reasons = worst.map(({ name, quote }) => `${name} “${quote}”`).join(', ');
  return {
    ...evidenceOf(figure),
    text: `customer_health ${figure.value.toFixed(0)} of 100, pulled down by ${reasons}`,
  };
}
