import { messageFeatures, type MessageFeatures, type UrgencyExample } from './learned-urgency.ts';
import type { Figure, Scorer } from './scorer.ts';
import type { MessageSeen, Unanswered } from './urgency.ts';

/** What became of a conversation: a person set its priority (`told`), or it was closed as it was. */
export type UrgencyOutcome = Pick<UrgencyExample, 'urgent' | 'told'>;

/** A message or an answer, a priority that was set, or both: who closes a conversation answers it. */
export interface ConversationSeen {
  readonly message?: MessageSeen | undefined;
  readonly outcome?: UrgencyOutcome | undefined;
}

/** A conversation that is followed. Plain JSON: some times, and one message's features, at most 2 KB. */
export type Conversation = {
  readonly unanswered: Unanswered;
  /** Its most urgent message whose priority is not known yet. */
  readonly waiting: { readonly value: number; readonly features: MessageFeatures } | null;
};

export const noConversation: Conversation = { unanswered: [], waiting: null };

export interface ConversationFollowed {
  readonly conversation: Conversation;
  readonly figure: Figure | undefined;
  readonly example: UrgencyExample | undefined;
}

/**
 * What is known of a conversation after one more thing, and what that teaches. Priorities are set for conversations, not for messages: one
 * is as urgent as its most urgent message (multiple-instance learning, Dietterich et al. 1997), so that is the one that is taught.
 */
export function conversationAfter(
  { unanswered, waiting }: Conversation,
  { message, outcome }: ConversationSeen,
  scorer: Scorer<MessageSeen, Unanswered>,
): ConversationFollowed {
  const scored = message && scorer.score(message, unanswered);
  const figure = scored?.figure;
  const isMore = figure !== undefined && (waiting === null || figure.value > waiting.value);
  const most = isMore ? { value: figure.value, features: messageFeatures(message?.text ?? '', figure) } : waiting;
  return {
    conversation: { unanswered: scored?.state ?? unanswered, waiting: outcome ? null : most },
    figure,
    example: outcome && most ? { ...most.features, ...outcome } : undefined,
  };
}
