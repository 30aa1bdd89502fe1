import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../src/core/json.ts';
import { numberAt, textAt } from '../../src/core/read.ts';
import { isEvent, type Input, type State } from '../../src/pipeline/define.ts';
import { dealAfter, type Deal, type DealFact } from '../../src/scoring/deal.ts';
import { dealKept, keptOf, type KeptDeal } from '../../src/scoring/deal-kept.ts';

/** What happened to a deal. */
export interface Change {
  readonly id: string;
  readonly fact: DealFact;
}

/** A deal before and after a change. */
export type Changed = {
  readonly id: string;
  readonly before: Deal | null;
  readonly deal: Deal;
  readonly at: number;
  readonly eventId: string;
  /** The input's id: a score's where a call is told of by one. */
  readonly cause: string;
};

/** Follows each deal through what happens to it. */
export function followedDeals(state: State): OperatorFunction<Change, Changed> {
  return state.keyed<Change, KeptDeal | null, Changed>('deal', {
    initial: null,
    ttl: '180d',
    key: ({ id }) => id,
    on(kept, { id, fact }, { cause }) {
      const before = kept && dealKept(kept);
      const deal = dealAfter(before, fact);
      return { state: keptOf(deal), emit: [{ id, before, deal, at: fact.at, eventId: fact.eventId, cause }] };
    },
  });
}

/** What the CRM, an outcome told from elsewhere, or a call says of deals. */
export function changesOf(input: Input): readonly Change[] {
  const at = Date.parse(input.time);
  if (!isEvent(input)) {
    const eventId = input.contributions[0]?.eventId ?? input.id;
    return input.subject === null
      ? []
      : [{ id: input.subject, fact: { eventId, at, kind: 'call', tone: input.value } }];
  }
  const id = dealIn(input.type, input.data);
  return id === undefined ? [] : [{ id, fact: { eventId: input.id, at, ...factOf(input.type, input.data) } }];
}

function dealIn(type: string, data: Json): string | undefined {
  if (type === 'weir.outcome.deal') return textAt(data, 'deal');
  if (type === 'hubspot.deal.associationChange') return textAt(data, 'fromObjectId');
  return type === 'hubspot.deal.creation' || type === 'hubspot.deal.propertyChange'
    ? textAt(data, 'objectId')
    : undefined;
}

type FactPart =
  | { readonly kind: 'created' | 'activity' }
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'amount'; readonly amount: number }
  | { readonly kind: 'closeDate'; readonly closeAt: number };

/** HubSpot's values are text: amounts as `48000`, dates as milliseconds or ISO 8601, `REDACTED` for what is sensitive. */
function factOf(type: string, data: Json): FactPart {
  if (type === 'hubspot.deal.creation') return { kind: 'created' };
  if (type === 'weir.outcome.deal')
    return { kind: 'stage', stage: textAt(data, 'outcome') === 'won' ? 'closedwon' : 'closedlost' };
  const value = textAt(data, 'propertyValue');
  switch (textAt(data, 'propertyName') ?? '') {
    case 'dealstage':
      return value === undefined ? { kind: 'activity' } : { kind: 'stage', stage: value };
    case 'amount': {
      const amount = numberAt(data, 'propertyValue');
      return amount === undefined || amount < 0 ? { kind: 'activity' } : { kind: 'amount', amount };
    }
    case 'closedate': {
      const closeAt = numberAt(data, 'propertyValue') ?? Date.parse(value ?? '');
      return Number.isFinite(closeAt) ? { kind: 'closeDate', closeAt } : { kind: 'activity' };
    }
    default:
      return { kind: 'activity' };
  }
}
