import type { AgentReport } from '../core/agent.ts';
import type { Json } from '../core/json.ts';
import { listAt, numberAt, textAt } from '../core/read.ts';

/** What a forecast says of the months after it: what all of them bring together, in units of the currency. */
export interface Expected {
  readonly currency: string;
  /** `2026-06` */
  readonly months: readonly string[];
  readonly lower: number;
  readonly upper: number;
}

/** What a month that was over had brought, as a later forecast goes by it; by currency and month. */
export type Brought = ReadonlyMap<string, number>;

const keyOf = (currency: string, month: string): string => `${currency} ${month}`;

/** What a report of the skill `forecast` expects; undefined where it does not say of which months. */
export function expectedIn({ output }: Pick<AgentReport, 'output'>): Expected | undefined {
  const ranges = listAt(output, 'months').flatMap(rangeOf);
  const [first] = ranges;
  if (!first || ranges.some(({ currency }) => currency !== first.currency)) return undefined;
  const sum = (end: 'lower' | 'upper') => ranges.reduce((total, range) => total + range[end], 0);
  return {
    currency: first.currency,
    months: ranges.map(({ month }) => month),
    lower: sum('lower'),
    upper: sum('upper'),
  };
}

/** What the months before a report had brought. */
export function broughtIn({ output }: Pick<AgentReport, 'output'>): Brought {
  return new Map(
    listAt(output, 'past months').flatMap((past) => {
      const [currency, month, paid] = [textAt(past, 'currency'), textAt(past, 'month'), numberAt(past, 'paid')];
      return currency === undefined || month === undefined || paid === undefined
        ? []
        : [[keyOf(currency, month), paid] as const];
    }),
  );
}

/** Whether what came lay in the range; undefined while one of the months is not known. */
export function cameAsExpected({ currency, months, lower, upper }: Expected, brought: Brought): boolean | undefined {
  let came = 0;
  for (const month of months) {
    const paid = brought.get(keyOf(currency, month));
    if (paid === undefined) return undefined;
    came += paid;
  }
  return came >= lower && came <= upper;
}

function rangeOf(ahead: Json) {
  const [currency, month] = [textAt(ahead, 'currency'), textAt(ahead, 'month')];
  const [lower, upper] = [numberAt(ahead, 'lower'), numberAt(ahead, 'upper')];
  if (currency === undefined || month === undefined || lower === undefined || upper === undefined) return [];
  return [{ currency, month, lower, upper }];
}
