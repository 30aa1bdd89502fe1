import type { OperatorFunction } from 'rxjs';
import type { Contribution } from '../../core/score.ts';
import type { ScoreDraft, State } from '../define.ts';
import { asOfJoin, type AsOf, type AsOfOptions, type Joined, type Rows } from '../steps/as-of.ts';

/**
 * Joins inputs with the state of the CRM, of billing, of whatever tells its rows as events or scores, as it was known at
 * the input's own time. Rows are kept by the table's name: where a row's form changes, raise the pipeline's version.
 */
export function asOf<I, R extends Rows>(
  state: State,
  name: string,
  options: AsOfOptions<I, R>,
): OperatorFunction<I, Joined<I, R>> {
  return state.keyed(`asOf:${name}`, asOfJoin(options));
}

/** How much confidence is left for each table that is stale or missing. */
const trustInStale = 0.5;
const dayMs = 86_400_000;

/** A score made of joined rows, marked where they are stale or missing: less confident, and saying which. */
export function markedStale(
  draft: ScoreDraft,
  { rows, eventId }: Pick<Joined<unknown, Rows>, 'rows' | 'eventId'>,
): ScoreDraft {
  const marks = Object.entries(rows).flatMap(([table, row]) => markOf(table, row, eventId) ?? []);
  return {
    ...draft,
    confidence: draft.confidence * trustInStale ** marks.length,
    contributions: [...draft.contributions, ...marks],
  };
}

/** Of weight 0: the value is what it is, the reader is told. Its own value is the age in days. */
function markOf(table: string, row: AsOf<unknown> | null, askedBy: string): Contribution | undefined {
  if (!row) return { name: `missing ${table}`, weight: 0, value: 0, eventId: askedBy, quote: null };
  if (!row.stale) return undefined;
  const days = row.ageMs / dayMs;
  const quote = `${table} as of ${days.toFixed(1)} days before`;
  return { name: `stale ${table}`, weight: 0, value: days, eventId: row.eventId, quote };
}
