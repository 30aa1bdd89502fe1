import { clamp } from '../limit.ts';

/** One weight of a model and what it goes by. */
export type Column = {
  /** `tenure`, `contract: month-to-month`. */
  readonly name: string;
  /** Log-odds: a standard deviation of a number, the presence of a category's word. */
  readonly weight: number;
  /** What the weight is pulled towards. */
  readonly expected: number;
  /** AdaGrad's accumulator: the sum of the squared gradients. */
  readonly energy: number;
  /** In how much of what was learned from it occurred. */
  readonly seen: number;
  /** Of a number: Welford's mean and variance over about the last `horizonRows`. */
  readonly mean: number;
  readonly variance: number;
};

/** Where a field's columns are: one of a number, one a word of a category. */
export type Field = { readonly number: number } | { readonly levels: { readonly [level: string]: number } };

export type Columns = {
  readonly fields: { readonly [name: string]: Field };
  readonly columns: readonly Column[];
};

/** More are not let in; they count as average. */
export const columnsMax = 400;
const levelCharsMax = 60;

/** How much is seen of a number before it says anything, and for how much an expert's mean and deviation count. */
export const seenToCount = 10;

/** Standardised numbers beyond it say no more. */
const deviationsMax = 5;

export const newColumn = (name: string, expected = 0): Column => ({
  name,
  weight: expected,
  expected,
  energy: 0,
  seen: 0,
  mean: 0,
  variance: 0,
});

/** The field of that name, where a value of that kind may be in it. */
export function fieldOf({ fields }: Columns, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Where the column is that a value counts in; undefined where there is none (yet). */
export function placeOf(field: Field, value: number | string): number | undefined {
  if ('number' in field) return typeof value === 'number' ? field.number : undefined;
  const at: unknown = field.levels[levelOf(value)];
  return typeof at === 'number' ? at : undefined;
}

/** The same with a column for a value that had none, as long as there is room. A new word begins as the average of the others. */
export function withColumn<C extends Columns>(model: C, name: string, value: number | string, expected?: number): C {
  const { fields, columns } = model;
  const field = fieldOf(model, name);
  const at = columns.length;
  if (at >= columnsMax) return model;
  if (field === undefined && typeof value === 'number') {
    return {
      ...model,
      fields: { ...fields, [name]: { number: at } },
      columns: [...columns, newColumn(name, expected)],
    };
  }
  if (field && 'number' in field) return model;
  const level = levelOf(value);
  const column = newColumn(`${name}: ${level}`, expected ?? (field ? usualOf(model, field) : 0));
  const levels = { ...field?.levels, [level]: at };
  return { ...model, fields: { ...fields, [name]: { levels } }, columns: [...columns, column] };
}

/** What a field adds on average: nothing where it is a number, for numbers are taken from their mean. */
export function usualOf({ columns }: Pick<Columns, 'columns'>, field: Field): number {
  if ('number' in field) return 0;
  let sum = 0;
  let seen = 0;
  for (const level in field.levels) {
    const column = columns[field.levels[level] ?? -1];
    if (!column) continue;
    sum += column.seen * column.weight;
    seen += column.seen;
  }
  return seen > 0 ? sum / seen : 0;
}

/** How many deviations a number is from its mean, at most 5; nothing while too little is seen of it. */
export function standardised(column: Column, value: number): number {
  if (column.seen < seenToCount) return 0;
  return clamp((value - column.mean) / deviationOf(column), -deviationsMax, deviationsMax);
}

/**
 * The column after one more value of a number, which is counted in `seen` (Welford 1962, forgetting what is more than
 * `horizonRows` ago). Once a number is known, a wild one moves mean and variance no more than one at 20 deviations would.
 */
export function withValue(column: Column, value: number, weight: number, horizonRows: number): Column {
  const { name, weight: w, expected, energy, seen } = column;
  const reach = seen > seenToKnow ? wildDeviations * deviationOf(column) : Infinity;
  const away = clamp(value - column.mean, -reach, reach);
  const share = weight / Math.min(seen, horizonRows);
  const variance = (1 - share) * (column.variance + share * away ** 2);
  return { name, weight: w, expected, energy, seen, mean: column.mean + share * away, variance };
}

const seenToKnow = 100;
const wildDeviations = 20;

/** Never less than a thousandth of the mean: the first move of what stood still is no landslide. */
const deviationOf = ({ mean, variance }: Column): number => Math.max(Math.sqrt(variance), Math.abs(mean) / 1_000, 1e-9);

const levelOf = (value: number | string): string => {
  const level = String(value);
  return level.length > levelCharsMax ? level.slice(0, levelCharsMax) : level;
};
