import type { Token } from '../tokens.ts';
import { amountAt } from './amount.ts';
import { comparing, directions, measures, type Measure } from './market-words.ts';

/** A figure that moved, or stands out, in a sentence of market news. */
export interface Movement {
  /** 1 where the company gained by it, −1 where it lost. */
  readonly tone: 1 | -1;
  /** First and last token of what says so. */
  readonly from: number;
  readonly to: number;
}

/**
 * What moved which way: `profit rose`, `costs were cut`, `loss narrowed`, `a loss compared to a profit`, `EUR 3 mn, compared
 * to EUR 2 mn`. A level without a comparison (`net sales totalled EUR 3 mn`) says nothing, except that a loss is a loss.
 */
export function movements(tokens: readonly Token[]): readonly Movement[] {
  const found: Movement[] = [];
  for (let start = 0; start < tokens.length;) {
    let end = start + 1;
    while (end < tokens.length && tokens[end]?.sentence === tokens[start]?.sentence) end += 1;
    found.push(...inSentence(tokens, marksOf(tokens, start, end)));
    start = end;
  }
  return found;
}

/** What one sentence has of measures, directions and comparisons, each with where it stands. */
interface Marks {
  readonly measures: readonly At<Measure>[];
  readonly directions: readonly At<1 | -1>[];
  readonly comparisons: readonly number[];
  readonly end: number;
}

interface At<T> {
  readonly at: number;
  readonly is: T;
}

function marksOf(tokens: readonly Token[], start: number, end: number): Marks {
  const found: At<Measure>[] = [];
  const ways: At<1 | -1>[] = [];
  const comparisons: number[] = [];
  for (let at = start; at < end; at += 1) {
    const word = tokens[at]?.word ?? '';
    const measure = measures.get(word);
    if (measure) found.push({ at, is: measure });
    const direction = directions.get(word);
    if (direction) ways.push({ at, is: negatedAt(tokens, at) ? opposite(direction) : direction });
    if (comparing.has(word)) comparisons.push(at);
  }
  return { measures: found, directions: ways, comparisons, end };
}

const opposite = (direction: 1 | -1): 1 | -1 => (direction === 1 ? -1 : 1);

function negatedAt(tokens: readonly Token[], at: number): boolean {
  return [1, 2].some((distance) => {
    const before = tokens[at - distance];
    return before?.sentence === tokens[at]?.sentence && /^(?:not?|never|without)$|n't$/.test(before?.word ?? '');
  });
}

function inSentence(tokens: readonly Token[], marks: Marks): readonly Movement[] {
  const turned = turnOf(marks);
  if (turned) return [turned];
  const moved = marks.directions.flatMap((direction) => moving(direction, marks));
  if (moved.length > 0) return moved;
  const compared = comparedAmounts(tokens, marks);
  if (compared) return [compared];
  const loss = marks.measures.find(({ is }) => is === 'loss');
  return loss ? [{ tone: -1, from: loss.at, to: loss.at }] : [];
}

/** From profit to loss or back: `a loss of EUR 3 mn, compared to a profit`, `EUR 5 mn, up from a loss`. */
function turnOf({ measures, comparisons }: Marks): Movement | undefined {
  for (const at of comparisons) {
    const before = measures.findLast((measure) => measure.at < at);
    const after = measures.find((measure) => measure.at > at && measure.at <= at + 4);
    if (!before || !after || (before.is === 'loss') === (after.is === 'loss')) continue;
    return { tone: after.is === 'loss' ? 1 : -1, from: before.at, to: after.at };
  }
  return undefined;
}

/** So many words from a direction its measure may stand. */
const reach = 12;

/** A direction with the measure nearest to it; what stands behind a "from" or "compared to" is what was. */
function moving(direction: At<1 | -1>, { measures, comparisons }: Marks): readonly Movement[] {
  const near = measures
    .filter(({ at }) => at !== direction.at && Math.abs(at - direction.at) <= reach)
    .filter(({ at }) => !comparisons.some((comparison) => comparison > direction.at && comparison < at))
    .toSorted((a, b) => Math.abs(a.at - direction.at) - Math.abs(b.at - direction.at))[0];
  if (!near) return [];
  const tone = near.is === 'gain' ? direction.is : opposite(direction.is);
  return [{ tone, from: Math.min(near.at, direction.at), to: Math.max(near.at, direction.at) }];
}

/** `Net sales were EUR 3 mn, compared to EUR 2 mn`. */
function comparedAmounts(tokens: readonly Token[], { measures, comparisons, end }: Marks): Movement | undefined {
  const [measure] = measures;
  if (!measure) return undefined;
  for (const at of comparisons) {
    const now = amountIn(tokens, measure.at + 1, at);
    const then = amountIn(tokens, at + 1, end);
    if (!now || !then || now.is === then.is) continue;
    const grew = now.is > then.is;
    return { tone: grew === (measure.is === 'gain') ? 1 : -1, from: measure.at, to: then.at };
  }
  return undefined;
}

/** The first amount of a stretch. */
function amountIn(tokens: readonly Token[], from: number, end: number): At<number> | undefined {
  for (let at = from; at < end; at += 1) {
    const is = amountAt(tokens, at);
    if (is !== undefined) return { at, is };
  }
  return undefined;
}
