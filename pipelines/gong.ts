import { filter, map, merge, share } from 'rxjs';
import type { AlertContent } from '../src/core/alert.ts';
import type { StreamEvent } from '../src/core/event.ts';
import type { Json } from '../src/core/json.ts';
import { listAt, numberAt, textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type InsightDraft, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf, told } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { scored, scoreOf } from '../src/pipeline/operators/scored.ts';
import { tunedBy } from '../src/pipeline/operators/tuned.ts';
import { expansionCues } from '../src/scoring/interest.ts';
import { createMentions, type MentionsSeen } from '../src/scoring/mentions.ts';
import type { Figure } from '../src/scoring/scorer.ts';
import { settings, type Tuned } from './gong/settings.ts';
import { summaryOf, toneOf, type Tone } from './gong/tone.ts';

/**
 * Calls: how they went, whether competitors were named, whether the customer speaks of leaving or of more. Where a call comes
 * with its transcript, its tone is that of what the customer said, whole, by speaker and by quarter; else that of Gong's summary,
 * by quarter where its outline says when what was spoken of.
 */
export default definePipeline({
  name: 'gong',
  version: 2,
  description:
    'Scores recorded calls: tone, whole, by speaker and by part; competitors, talk of leaving; finds wishes for more',
  streams: ['gong'],
  makes: ['call_sentiment', 'speaker_tone', 'call_part_tone', 'deal_tone', 'competitor_mentions'],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const calls = input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'gong.call'),
      map(callOf),
      share(),
    );
    const tones = calls.pipe(
      each(({ id, tone }) => drafted('call_sentiment', id, tone)),
      share(),
    );
    const partTones = calls.pipe(
      each(({ id, speakers, quarters }) => [
        ...speakers.flatMap(({ speaker, figure }) => drafted('speaker_tone', speaker, figure)),
        ...quarters.flatMap((figure, index) => drafted('call_part_tone', `${id}/${index + 1}`, figure)),
      ]),
    );
    const dealTones = calls.pipe(each(({ deals, tone }) => deals.flatMap((deal) => drafted('deal_tone', deal, tone))));
    const mentions = calls.pipe(
      scored(state, createMentions(), { seen: (call) => call, subject: ({ id }) => id }),
      share(),
    );
    return merge(
      tones,
      partTones,
      dealTones,
      mentions,
      tones.pipe(alerted(state, 'unhappy-call', { judge: tuned(judgeTone) })),
      calls.pipe(alerted(state, 'talk-of-leaving', { judge: judgeLeaving })),
      mentions.pipe(alerted(state, 'competitor-in-call', { judge: tuned(judgeMentions) })),
      calls.pipe(each((call) => expansion(call))),
    );
  },
});

interface Call extends MentionsSeen, Tone {
  readonly id: string;
  readonly title: string;
  /** HubSpot's or Salesforce's ids of the deals it was about. */
  readonly deals: readonly string[];
  readonly leaving: readonly { readonly name: string; readonly count: number }[];
}

/** So many deals and trackers of one call are read. */
const readMax = 20;

function callOf({ id: eventId, data, subject }: StreamEvent): Call {
  const call = data['callData'];
  const trackers = listAt(call, 'content', 'trackers').slice(0, readMax);
  return {
    eventId,
    id: textAt(call, 'metaData', 'id') ?? subject ?? eventId,
    title: textAt(call, 'metaData', 'title') ?? 'a call',
    text: summaryOf(call),
    ...toneOf(call, eventId),
    deals: dealsOf(call),
    tracked: trackers.filter((tracker) => named(tracker, /competit/i)).flatMap(heard),
    leaving: trackers.filter((tracker) => named(tracker, /churn|cancel|leav/i)).flatMap(heard),
  };
}

function drafted(name: string, subject: string, figure: Figure | undefined): readonly ScoreDraft[] {
  return figure ? [scoreOf(name, subject, figure)] : [];
}

function dealsOf(call: Json | undefined): readonly string[] {
  const objects = listAt(call, 'context').flatMap((context) => listAt(context, 'objects'));
  const deals = objects.filter((object) => textAt(object, 'objectType') === 'Opportunity');
  return [...new Set(deals.map((deal) => textAt(deal, 'objectId')).filter((id) => id !== undefined))].slice(0, readMax);
}

function named(tracker: Json, pattern: RegExp): boolean {
  return pattern.test(textAt(tracker, 'name') ?? '');
}

/** What a tracker heard: its phrases, or (a smart tracker has none) its own name. */
function heard(tracker: Json): readonly { name: string; count: number }[] {
  const phrases = listAt(tracker, 'phrases').flatMap((phrase) => {
    const name = textAt(phrase, 'phrase');
    return name === undefined ? [] : [{ name, count: numberAt(phrase, 'count') ?? 1 }];
  });
  if (phrases.length > 0) return phrases.slice(0, readMax);
  const count = numberAt(tracker, 'count') ?? 0;
  return count > 0 ? [{ name: textAt(tracker, 'name') ?? 'tracker', count }] : [];
}

function judgeTone({ unhappyCallAt, happyCallAbove }: Tuned, tone: ScoreDraft, { entity }: { entity: string }) {
  if (tone.value > happyCallAbove) return { clear: 'a later call went well' };
  if (tone.value > unhappyCallAt || tone.confidence < 0.5) return undefined;
  return {
    raise: customerAlert(
      `A call with ${nameOf(entity)} went badly`,
      [evidenceOf(tone)],
      ['Listen to the call and talk to its owner', 'Call the customer back with an answer to what they raised'],
    ),
  };
}

function judgeLeaving({ leaving, title, eventId }: Call, { entity }: { entity: string }) {
  if (leaving.length === 0) return undefined;
  const phrases = leaving.map(({ name }) => `“${name}”`).join(', ');
  return {
    raise: customerAlert(
      `${nameOf(entity)} spoke of leaving`,
      [told(`Heard in “${title}”: ${phrases}`, eventId)],
      ['Let customer success call within a day', 'Look at open tickets and invoices before the call'],
    ),
  };
}

function customerAlert(title: string, evidence: AlertContent['evidence'], recommendedActions: readonly string[]) {
  const roles = ['customer-success', 'sales'];
  const sources = ['gong'];
  return { kind: 'customer_health', severity: 'warning', title, evidence, recommendedActions, roles, sources } as const;
}

function judgeMentions(tuned: Tuned, mentions: ScoreDraft, { entity }: { entity: string }) {
  if (mentions.value < tuned.competitorsFrom) return undefined;
  const names = mentions.contributions.filter(({ name }) => name === 'competitor named').map(({ quote }) => quote);
  return {
    raise: {
      kind: 'market_intelligence',
      severity: mentions.value >= tuned.competitorsWarnFrom ? 'warning' : 'info',
      title: `${nameOf(entity)} looks at ${names.length > 0 ? names.slice(0, 3).join(', ') : 'competitors'}`,
      evidence: [evidenceOf(mentions)],
      recommendedActions: ['Send the comparison that fits', 'Ask what the competitor offers that is missing here'],
      roles: ['sales', 'product-marketing'],
      sources: ['gong'],
    },
  } as const;
}

function expansion({ text, title, eventId }: Call): readonly InsightDraft[] {
  const cues = expansionCues(text);
  if (cues.length === 0) return [];
  return [
    {
      output: 'insight',
      name: 'expansion-in-call',
      kind: 'opportunity',
      title: `Wants more: ${cues.map(({ quote }) => quote).join(', ')}`,
      detail: `Said in “${title}”.`,
      expectedValue: null,
      currency: null,
      confidence: 0.4 + 0.2 * Math.min(cues.length, 2),
      eventIds: [eventId],
    },
  ];
}
