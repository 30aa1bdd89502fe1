import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { KeyedReducer } from '../define.ts';

/** A row of each table by the table's name: `{ crm: { stage: string }, billing: { plan: string } }`. */
export type Rows = { readonly [table: string]: Json };

export interface AsOfOptions<I, R extends Rows> {
  /** What an input says of each table; undefined: nothing of it. */
  readonly tables: { readonly [T in keyof R]: (input: I) => R[T] | undefined };
  /** Which inputs are joined. One that says something of a table, too, finds itself in it. */
  asks(input: I): boolean;
  /** Older rows are marked as stale. */
  readonly staleAfter: Duration;
  /** Older rows are none any more. Default 90d. */
  readonly keepFor?: Duration;
  key?(input: I): string;
}

/** The row that held at a moment. */
export interface AsOf<R> {
  readonly row: R;
  readonly eventId: string;
  /** Event time it was told, ms, and how long that was before the input. */
  readonly at: number;
  readonly ageMs: number;
  readonly stale: boolean;
}

export interface Joined<I, R extends Rows> {
  readonly input: I;
  readonly eventId: string;
  /** Of each table, or null where nothing is known as of then. */
  readonly rows: { readonly [T in keyof R]: AsOf<R[T]> | null };
}

/** The newest rows of each table, oldest first: eight at most. Beyond, the oldest go. */
export type Versions = { readonly [table: string]: readonly Version[] };
type Version = { readonly row: Json; readonly eventId: string; readonly at: number };

/** More than one, so that a late input finds what held in its time. */
const versionsKept = 8;

/** Joins inputs with what was known of each table at their time. A late row takes its place among the others. */
export function asOfJoin<I, R extends Rows>(options: AsOfOptions<I, R>): KeyedReducer<I, Versions, Joined<I, R>> {
  const { tables, asks, key = () => '' } = options;
  const staleMs = durationMs(options.staleAfter);
  const keepMs = Math.floor(durationMs(options.keepFor ?? '90d'));
  const says = Object.entries<(input: I) => Json | undefined>(tables);

  function rowsAt(versions: Versions, time: number): Joined<I, R>['rows'] {
    const rows = says.map(([table]) => [table, asOf(versions[table] ?? [], time, keepMs, staleMs)] as const);
    // Each table's rows were made by its own function alone.
    return Object.fromEntries(rows) as Joined<I, R>['rows'];
  }

  return {
    initial: {},
    ttl: `${keepMs + 86_400_000}ms`,
    key,
    on(before, input, { time: at, cause: eventId }) {
      const versions = says.reduce<Versions>((all, [table, rowOf]) => {
        const row = rowOf(input);
        return row === undefined ? all : { ...all, [table]: withVersion(all[table] ?? [], { row, eventId, at }) };
      }, before);
      const newest = newestOf(versions);
      return {
        state: newest === undefined ? undefined : versions,
        emit: asks(input) ? [{ input, eventId, rows: rowsAt(versions, at) }] : [],
        ...(newest !== undefined && { wakeAt: newest + keepMs + 1 }),
      };
    },
    wake: () => ({ state: undefined, emit: [] }),
  };
}

function withVersion(versions: readonly Version[], version: Version): readonly Version[] {
  const place = versions.findLastIndex(({ at }) => at <= version.at) + 1;
  return versions.toSpliced(place, 0, version).slice(-versionsKept);
}

function newestOf(versions: Versions): number | undefined {
  const times = Object.values(versions).flatMap((table) => table.at(-1)?.at ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

function asOf(versions: readonly Version[], time: number, keepMs: number, staleMs: number): AsOf<Json> | null {
  const version = versions.findLast(({ at }) => at <= time);
  if (!version || time - version.at > keepMs) return null;
  const ageMs = time - version.at;
  return { ...version, ageMs, stale: ageMs > staleMs };
}
