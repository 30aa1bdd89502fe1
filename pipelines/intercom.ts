import { filter, merge, share } from 'rxjs';
import { definePipeline, isEvent, type InsightDraft, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf, told } from '../src/pipeline/evidence.ts';
import { absent, type Absence } from '../src/pipeline/operators/absent.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { tunedBy } from '../src/pipeline/operators/tuned.ts';
import { expansionCues } from '../src/scoring/interest.ts';
import { supportTone } from '../src/scoring/sentiment.ts';
import { urgencyModel } from '../src/scoring/learned-urgency.ts';
import { quoteOf } from '../src/scoring/text.ts';
import { turnsOf, type Turn } from './intercom/turns.ts';
import { urgencies } from './intercom/urgency.ts';
import { settings, type Tuned } from './intercom/settings.ts';

/** Conversations: how urgent, how happy, and whether anybody answers. */
export default definePipeline({
  name: 'intercom',
  version: 2,
  description: 'Scores what customers write: urgency and tone; tells of conversations nobody answers',
  streams: ['intercom'],
  makes: ['conversation_sentiment', 'urgency'],
  models: [urgencyModel],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const turns = input.pipe(
      filter(isEvent),
      each((event) => turnsOf(event)),
      share(),
    );
    const messages = turns.pipe(
      filter(({ by }) => by === 'customer'),
      share(),
    );
    const tones = messages.pipe(
      scored(state, supportTone, { name: 'conversation_sentiment', seen: (turn) => turn, subject: ({ id }) => id }),
      share(),
    );
    const judged = turns.pipe(urgencies(state), share());
    const urgent = judged.pipe(filter((draft) => draft.output === 'score'));
    const closed = turns.pipe(
      filter(({ by }) => by === 'closed'),
      share(),
    );
    const answered = turns.pipe(filter(({ by }) => by === 'team' || by === 'closed'));
    const unanswered = turns.pipe(
      absent(state, 'answer', {
        awaiting: ({ by, text }) => (by === 'customer' ? { quote: quoteOf(text) } : undefined),
        ends: ({ by }) => by === 'team' || by === 'closed',
        within: '1d',
        waitsMs: () => state.tuned(settings).unansweredAfterHours * hourMs,
        key: ({ id }) => id,
      }),
    );
    return merge(
      tones,
      judged,
      merge(urgent, closed).pipe(
        alerted(state, 'urgent-conversation', { judge: tuned(judgeUrgency), about: conversation }),
      ),
      tones.pipe(alerted(state, 'unhappy-customer', { judge: tuned(judgeTone) })),
      turns.pipe(alerted(state, 'bad-rating', { judge: tuned(judgeRating) })),
      merge(unanswered, answered).pipe(
        alerted(state, 'unanswered-conversation', { judge: judgeUnanswered, about: conversation }),
      ),
      messages.pipe(each((turn) => expansion(turn))),
    );
  },
});

const hourMs = 3_600_000;

type Judged = ScoreDraft | Turn | Absence<{ readonly quote: string }>;

function conversation(judged: Judged): string {
  if ('awaited' in judged) return judged.key;
  return 'output' in judged ? (judged.subject ?? '') : judged.id;
}

function judgeUrgency(tuned: Tuned, judged: ScoreDraft | Turn, { entity }: { entity: string }) {
  if (!('output' in judged)) return { clear: 'the conversation was closed' };
  if (judged.value < tuned.urgentFrom) return undefined;
  return {
    raise: {
      kind: 'customer_health',
      severity: judged.value >= tuned.urgentCriticalFrom ? 'critical' : 'warning',
      title: `Urgent conversation with ${nameOf(entity)}`,
      evidence: [evidenceOf(judged)],
      recommendedActions: ['Answer now, with a name and a time', 'Look whether other customers write the same'],
      roles: ['support', 'customer-success'],
      sources: ['intercom'],
    },
  } as const;
}

function judgeTone({ friendlyAbove, unhappyAt }: Tuned, tone: ScoreDraft, { entity }: { entity: string }) {
  if (tone.value > friendlyAbove) return { clear: 'a later message was friendly' };
  if (tone.value > unhappyAt || tone.confidence < 0.5) return undefined;
  return {
    raise: {
      kind: 'customer_health',
      severity: 'warning',
      title: `${nameOf(entity)} is unhappy`,
      evidence: [evidenceOf(tone)],
      recommendedActions: ['Let a person take the conversation over', 'Say what is done about it and by when'],
      roles: ['support', 'customer-success'],
      sources: ['intercom'],
    },
  } as const;
}

function judgeRating({ badRatingAt }: Tuned, { rating, eventId }: Turn, { entity }: { entity: string }) {
  if (rating === undefined) return undefined;
  if (rating >= Math.max(badRatingAt + 1, 4)) return { clear: `a later conversation was rated ${rating} of 5` };
  if (rating > badRatingAt) return undefined;
  return {
    raise: {
      kind: 'customer_health',
      severity: rating === 1 ? 'warning' : 'info',
      title: `${nameOf(entity)} rated a conversation ${rating} of 5`,
      evidence: [told(`Rating ${rating} of 5`, eventId)],
      recommendedActions: ['Read the conversation and write back'],
      roles: ['support'],
      sources: ['intercom'],
    },
  } as const;
}

function judgeUnanswered(judged: Absence<{ readonly quote: string }> | Turn, { entity }: { entity: string }) {
  if (!('awaited' in judged)) return { clear: judged.by === 'closed' ? 'the conversation was closed' : 'answered' };
  return {
    raise: {
      kind: 'customer_health',
      severity: 'warning',
      title: `${nameOf(entity)} has waited ${waited(judged)} for an answer`,
      evidence: [
        told(`No answer since ${new Date(judged.since).toISOString()}: “${judged.awaited.quote}”`, judged.eventId),
      ],
      recommendedActions: ['Answer, and say why it took so long'],
      roles: ['support'],
      sources: ['intercom'],
    },
  } as const;
}

/** What an absence waited for, in days where they are whole, else in hours. */
function waited({ since, deadline }: Absence<unknown>): string {
  const hours = Math.round((deadline - since) / hourMs);
  if (hours === 24) return 'a day';
  if (hours % 24 === 0) return `${hours / 24} days`;
  return hours === 1 ? 'an hour' : `${hours} hours`;
}

function expansion({ text, eventId, id }: Turn): readonly InsightDraft[] {
  const cues = expansionCues(text);
  if (cues.length === 0) return [];
  return [
    {
      output: 'insight',
      name: 'expansion-in-conversation',
      kind: 'opportunity',
      title: `Asks for more: ${cues.map(({ quote }) => quote).join(', ')}`,
      detail: `Written in conversation ${id}: “${quoteOf(text)}”`,
      expectedValue: null,
      currency: null,
      confidence: 0.5,
      eventIds: [eventId],
    },
  ];
}
