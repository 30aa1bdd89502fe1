import { fieldOf, newColumn, placeOf, seenToCount, standardised, usualOf, withColumn, withValue } from './columns.ts';
import type { Column, Columns, Field } from './columns.ts';
import { logitOf, probabilityOf } from './probability.ts';

/**
 * What is known of a case, by name: a number, or the word of a category. What is absent (or no measurable number) is taken
 * for the average and says nothing.
 */
export type Features = { readonly [name: string]: number | string };

/** What an expert expects before anything was learned: where the weights begin, and what they are pulled towards. */
export interface Expectation {
  /** 0 … 1: how often the label holds for an average case. */
  readonly baseRate: number;
  /** Log-odds a standard deviation, and the usual mean and deviation. */
  readonly numbers?: Readonly<Record<string, ExpectedNumber>>;
  /** Log-odds a word. */
  readonly categories?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface ExpectedNumber {
  readonly weight: number;
  readonly mean: number;
  readonly deviation: number;
}

export type Settings = {
  /** AdaGrad's rate: how far the first steps go, in log-odds. */
  readonly rate: number;
  /** Added to the root of the accumulator: the larger, the less the first rows count. */
  readonly calm: number;
  /** L2 towards the expected weight, each time the column occurs. */
  readonly pull: number;
  /** Over how many rows means and deviations of numbers are taken. */
  readonly horizonRows: number;
};

export const defaultSettings: Settings = { rate: 0.05, calm: 1, pull: 1e-4, horizonRows: 5_000 };

/**
 * An additive logistic model that learns one row at a time. Plain JSON, never changed in place. Bounded: at most
 * `columnsMax` columns of some 150 bytes each, twice with the checkpoint.
 */
export type Logistic = Columns & {
  /** Raised when states of the former shape can no longer be read. */
  readonly format: 1;
  readonly settings: Settings;
  /** How much was learned from: the sum of the rows' weights. */
  readonly rows: number;
  /** The way back: what was at the last checkpoint. */
  readonly kept: (Columns & { readonly rows: number }) | null;
};

/** What one field adds to the log-odds of an average case: `weight × value` is w (x − mean). */
export interface Effect {
  /** The feature's name: `contract`. */
  readonly field: string;
  /** The same with its word: `tenure`, `contract: month-to-month`. */
  readonly name: string;
  readonly weight: number;
  /** Of a number: deviations from the mean, at most 5; of a category: 1. */
  readonly value: number;
}

export interface Prediction {
  /** 0 … 1. */
  readonly probability: number;
  /** Log-odds: `base` and all contributions, exactly. */
  readonly logit: number;
  /** Log-odds of an average case. */
  readonly base: number;
  readonly contributions: readonly Effect[];
}

/** A model that knows what the expert expects and has learned nothing yet. The first column is the base rate. */
export function logisticOf(expected: Expectation, settings: Partial<Settings> = {}): Logistic {
  const base = newColumn('base rate', logitOf(expected.baseRate));
  const empty: Logistic = {
    format: 1,
    settings: { ...defaultSettings, ...settings },
    rows: 0,
    fields: {},
    columns: [base],
    kept: null,
  };
  const words = Object.entries(expected.categories ?? {}).flatMap(([name, levels]) =>
    Object.entries(levels).map(([level, weight]) => ({ name, level, weight })),
  );
  const worded = words.reduce((model, { name, level, weight }) => withColumn(model, name, level, weight), empty);
  return Object.entries(expected.numbers ?? {}).reduce((model, [name, { weight, mean, deviation }]) => {
    const { columns, ...others } = withColumn(model, name, 0, weight);
    const usual = { seen: seenToCount, mean, variance: deviation ** 2 };
    return { ...others, columns: [...columns.slice(0, -1), { ...newColumn(name, weight), ...usual }] };
  }, worded);
}

/** What the model says of a case, and why. */
export function predict(model: Logistic, features: Features): Prediction {
  const contributions: Effect[] = [];
  let base = model.columns[0]?.weight ?? 0;
  let effects = 0;
  for (const field in model.fields) {
    const place = model.fields[field];
    if (!place) continue;
    const usual = usualOf(model, place);
    base += usual;
    const active = activeIn(model, place, features[field]);
    if (!active) continue;
    const { column, input: value } = active;
    const weight = column.weight - usual;
    effects += weight * value;
    contributions.push({ field, name: column.name, weight, value });
  }
  const logit = base + effects;
  return { probability: probabilityOf(logit), logit, base, contributions };
}

/** The same log-odds, for where nobody asks why. */
export function logitIn(model: Logistic, features: Features): number {
  let logit = model.columns[0]?.weight ?? 0;
  for (const name in model.fields) {
    const place = model.fields[name];
    if (!place) continue;
    const active = activeIn(model, place, features[name]);
    logit += active ? active.column.weight * active.input : usualOf(model, place);
  }
  return logit;
}

/** The model after the label of a case is known. `weight`: for how many cases it stands, where labels are sampled. */
export function learn(model: Logistic, features: Features, label: boolean, weight = 1): Logistic {
  const wider = withColumnsFor(model, features);
  const { settings, columns: before } = wider;
  const error = weight * (probabilityOf(logitIn(wider, features)) - (label ? 1 : 0));
  const columns = [...before];
  if (before[0]) columns[0] = taught(before[0], error, weight, settings);
  for (const name in wider.fields) {
    const place = wider.fields[name];
    const value = features[name];
    const active = place && activeIn(wider, place, value);
    if (!active) continue;
    const { at, column, input } = active;
    const next = taught(column, error * input, weight, settings);
    columns[at] = 'number' in place ? withValue(next, Number(value), weight, settings.horizonRows) : next;
  }
  return { ...wider, rows: wider.rows + weight, columns };
}

/** Remembers the weights as they are, to go back to. */
export function checkpoint({ kept: _, ...model }: Logistic): Logistic {
  const { rows, fields, columns } = model;
  return { ...model, kept: { rows, fields, columns } };
}

/** The model as it was at the last checkpoint; where there was none, as it is. */
export function rollback(model: Logistic): Logistic {
  return model.kept ? { ...model, ...model.kept, kept: null } : model;
}

/** Learns faster again, as after a change: halves what AdaGrad's steps are small by. */
export function quickened(model: Logistic): Logistic {
  return { ...model, columns: model.columns.map((column) => ({ ...column, energy: column.energy / 2 })) };
}

/** The weights by name, strongest first, beside what was expected of them. */
export function weightsOf({ columns }: Logistic): readonly Pick<Column, 'name' | 'weight' | 'expected' | 'seen'>[] {
  return columns
    .map(({ name, weight, expected, seen }) => ({ name, weight, expected, seen }))
    .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** A column that counts for a case, and what its weight is multiplied with. */
interface Active {
  readonly at: number;
  readonly column: Column;
  readonly input: number;
}

function activeIn({ columns }: Logistic, field: Field, value: number | string | undefined): Active | undefined {
  if (!isKnown(value)) return undefined;
  const at = placeOf(field, value);
  const column = at === undefined ? undefined : columns[at];
  if (at === undefined || column === undefined) return undefined;
  return { at, column, input: 'number' in field ? standardised(column, Number(value)) : 1 };
}

/** Larger numbers are no measurement, and their squares would not be numbers. */
const measurableBelow = 1e100;

const isKnown = (value: unknown): value is number | string =>
  typeof value === 'string' || (typeof value === 'number' && Math.abs(value) < measurableBelow);

/** The same with a column for each value that had none. */
function withColumnsFor(model: Logistic, features: Features): Logistic {
  let wider = model;
  for (const name of Object.keys(features)) {
    const value = features[name];
    if (!isKnown(value)) continue;
    const field = fieldOf(wider, name);
    if (!field || placeOf(field, value) === undefined) wider = withColumn(wider, name, value);
  }
  return wider;
}

/** One step of AdaGrad (Duchi et al. 2011) down the log-loss and towards the expected weight. */
function taught(column: Column, slope: number, weight: number, { rate, calm, pull }: Settings): Column {
  const gradient = slope + pull * (column.weight - column.expected);
  const energy = column.energy + gradient ** 2;
  // Written out: spreading an object takes several times as long, and this is done for each value of each case.
  return {
    name: column.name,
    weight: column.weight - (rate * gradient) / (calm + Math.sqrt(energy)),
    expected: column.expected,
    energy,
    seen: column.seen + weight,
    mean: column.mean,
    variance: column.variance,
  };
}
