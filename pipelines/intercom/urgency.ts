import type { OperatorFunction } from 'rxjs';
import type { ExampleDraft, ScoreDraft, State } from '../../src/pipeline/define.ts';
import { judgedBy } from '../../src/pipeline/operators/judged.ts';
import { scoreOf } from '../../src/pipeline/operators/scored.ts';
import { createUrgency, urgencyModel } from '../../src/scoring/learned-urgency.ts';
import { conversationAfter, noConversation, type Conversation } from '../../src/scoring/urgency-outcome.ts';
import type { Turn } from './turns.ts';

/** Scores how urgent conversations are, and tells the model which of them a person put first. */
export function urgencies(state: State): OperatorFunction<Turn, ScoreDraft | ExampleDraft> {
  const scorer = judgedBy(state, urgencyModel, createUrgency);
  return state.keyed<Turn, Conversation, ScoreDraft | ExampleDraft>('scored:urgency', {
    initial: noConversation,
    ttl: '7d',
    key: ({ id }) => id,
    on(before, turn) {
      const { conversation, figure, example } = conversationAfter(before, seenIn(turn), scorer);
      const isOver = conversation.waiting === null && conversation.unanswered.length === 0;
      return {
        state: isOver ? undefined : conversation,
        emit: [
          ...(figure ? [scoreOf(scorer.name, turn.id, figure)] : []),
          ...(example ? [{ output: 'example' as const, model: urgencyModel.name, example }] : []),
        ],
      };
    },
  });
}

function seenIn({ by, eventId, at, text, priority }: Turn) {
  const message = { eventId, at, text: by === 'customer' ? text : undefined };
  const outcome = priority === undefined ? undefined : { urgent: priority, told: by === 'priority' };
  switch (by) {
    case 'customer':
    case 'team':
      return { message };
    case 'closed':
      return { message, outcome };
    case 'priority':
      return { outcome };
    case 'rating':
      return {};
    default:
      return by satisfies never;
  }
}
