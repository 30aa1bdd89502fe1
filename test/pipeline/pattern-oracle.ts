import { all, any, not, one, seq, type Chain, type Part, type Timed } from '../../src/pipeline/operators/pattern.ts';

/**
 * What a pattern matches, by trying every choice of events there is. Written from the words of the documentation and not
 * from the automaton: a choice is a match if its events fit the parts in their order, if nothing that must not come
 * came between, if nothing between would have been taken in place of the next, and if no time ran out.
 */

export type Name = 'a' | 'b' | 'c';

/** A pattern in the test's own terms; `not` is what must not come before the part begins. */
export interface Spec {
  readonly parts: readonly SpecPart[];
  /** Minutes. */
  readonly within: number;
  /** Some of the parts, with a time of their own, and what must not come from the last of them until it is up. */
  readonly inner: {
    readonly from: number;
    readonly to: number;
    readonly within: number;
    readonly not: Name | null;
  } | null;
  /** What must not come from the last part until the time is up. */
  readonly not: Name | null;
}

export type SpecPart = { readonly not: Name | null } & (
  | { readonly kind: 'one' | 'twice'; readonly name: Name }
  | { readonly kind: 'any' | 'all'; readonly names: readonly [Name, Name] }
  | { readonly kind: 'either'; readonly ways: readonly (readonly Name[])[] }
);

export interface OracleEvent {
  readonly id: string;
  readonly name: Name;
  /** Minutes. */
  readonly at: number;
}

export interface OracleMatch {
  readonly ids: readonly string[];
  readonly first: number;
  readonly last: number;
  readonly end: number;
  readonly byTime: boolean;
}

export function patternOf({ parts, within, inner, not: last }: Spec): Timed<Name> {
  const words = parts.map(({ not: unless, ...part }): readonly Part<Name>[] => [
    ...(unless ? [not<Name>(unless)] : []),
    wordOf(part),
  ]);
  const end = last ? [not<Name>(last)] : [];
  if (!inner) return seq<Name>(...words.flat(), ...end).within(`${within}m`);
  const before = words.slice(0, inner.from).flat();
  const inside = words.slice(inner.from, inner.to + 1).flat();
  const innerEnd = inner.not ? [not<Name>(inner.not)] : [];
  const after = words.slice(inner.to + 1).flat();
  const timed = seq<Name>(...inside, ...innerEnd).within(`${inner.within}m`);
  return seq<Name>(...before, timed, ...after, ...end).within(`${within}m`);
}

type WithoutNot<P> = P extends unknown ? Omit<P, 'not'> : never;

function wordOf(part: WithoutNot<SpecPart>): Chain<Name> {
  switch (part.kind) {
    case 'one':
      return one(part.name);
    case 'twice':
      return one(part.name).times(2);
    case 'any':
      return any<Name>(...part.names);
    case 'all':
      return all<Name>(...part.names);
    case 'either':
      return any<Name>(...part.ways.map((way) => seq<Name>(...way)));
    default:
      return part satisfies never;
  }
}

/** An event of a match: its name, what would be taken in its place, and what must not come before it. */
interface Place {
  readonly name: Name;
  readonly would: readonly Name[];
  readonly not: Name | null;
  readonly part: number;
}

/** All matches, whatever they share. `until`: how far time went; minutes. */
export function matchesOf(spec: Spec, events: readonly OracleEvent[], until: number): readonly OracleMatch[] {
  const found = rowsOf(spec.parts).flatMap((row) =>
    choices(events.length, row.length).flatMap((chosen) => matchOf(spec, row, chosen, events, until) ?? []),
  );
  return [...new Map(found.map((match) => [keyOf(match), match])).values()];
}

/** What is left when a match uses up all that came between its first event and its end. */
export function withoutOverlap(
  matches: readonly OracleMatch[],
  events: readonly OracleEvent[],
): readonly OracleMatch[] {
  const kept: OracleMatch[] = [];
  // Of events of one moment, too, one comes before another, and a match ends with its last.
  const lastOf = ({ byTime, last }: OracleMatch) => (byTime ? 0 : last);
  const inOrder = matches.toSorted(
    (a, b) => a.end - b.end || Number(a.byTime) - Number(b.byTime) || lastOf(a) - lastOf(b) || a.first - b.first,
  );
  for (const match of inOrder) {
    const before = kept.at(-1);
    const isAfter = !before || match.first > before.last;
    const begins = events[match.first]?.at ?? 0;
    if (isAfter && !(before?.byTime && begins <= before.end)) kept.push(match);
  }
  return kept;
}

export const keyOf = ({ ids, end }: Pick<OracleMatch, 'ids' | 'end'>): string => `${ids.join()}→${end}`;

function rowsOf(parts: readonly SpecPart[]): readonly (readonly Place[])[] {
  return parts.reduce<readonly (readonly Place[])[]>(
    (rows, part, index) => rows.flatMap((row) => placesOf(part, index).map((places) => [...row, ...places])),
    [[]],
  );
}

function placesOf(part: SpecPart, index: number): readonly (readonly Place[])[] {
  const place = (name: Name, would: readonly Name[], isFirst = true): Place => ({
    name,
    would,
    not: isFirst ? part.not : null,
    part: index,
  });
  switch (part.kind) {
    case 'one':
      return [[place(part.name, [part.name])]];
    case 'twice':
      return [[place(part.name, [part.name]), place(part.name, [part.name], false)]];
    case 'any':
      return part.names.map((name) => [place(name, part.names)]);
    case 'all': {
      const [x, y] = part.names;
      return [
        [place(x, part.names), place(y, [y], false)],
        [place(y, part.names), place(x, [x], false)],
      ];
    }
    case 'either':
      return part.ways.map((way) => way.map((name, at) => place(name, [name], at === 0)));
    default:
      return part satisfies never;
  }
}

function choices(of: number, length: number, from = 0): readonly (readonly number[])[] {
  if (length === 0) return [[]];
  return Array.from({ length: Math.max(0, of - from) }, (_, step) => from + step).flatMap((first) =>
    choices(of, length - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

function matchOf(
  spec: Spec,
  row: readonly Place[],
  chosen: readonly number[],
  events: readonly OracleEvent[],
  until: number,
): OracleMatch | undefined {
  const taken = chosen.flatMap((index) => events[index] ?? []);
  const [first = -1] = chosen;
  const last = chosen.at(-1) ?? -1;
  const startsAt = taken[0]?.at ?? 0;
  const lastAt = taken.at(-1)?.at ?? 0;
  const closes = startsAt + spec.within;
  if (!row.every(({ name }, index) => taken[index]?.name === name) || lastAt > closes) return undefined;

  const { inner } = spec;
  const inside = row.flatMap(({ part }, index) => (inner && part >= inner.from && part <= inner.to ? [index] : []));
  const innerFirst = inside[0] ?? -1;
  const innerLast = inside.at(-1) ?? -1;
  const innerCloses = (taken[innerFirst]?.at ?? 0) + (inner?.within ?? 0);
  if (inner && (taken[innerLast]?.at ?? 0) > innerCloses) return undefined;
  /** Until when nothing is waited for but the end of the inner time. */
  const pause = inner?.not ? innerCloses : undefined;
  if (pause !== undefined && (pause > closes || pause >= until)) return undefined;

  for (const [index, place] of row.entries()) {
    if (index === 0) continue;
    const between = events.slice((chosen[index - 1] ?? 0) + 1, chosen[index]);
    const quiet = index - 1 === innerLast && pause !== undefined;
    if (quiet) {
      if (between.some(({ name, at }) => at <= pause && name === inner?.not)) return undefined;
      if ((taken[index]?.at ?? 0) <= pause) return undefined;
    }
    const waited = quiet ? between.filter(({ at }) => at > pause) : between;
    // What comes is held against what must not come before it is taken.
    if (place.not === place.name) return undefined;
    if (waited.some(({ name }) => name === place.not || place.would.includes(name))) return undefined;
  }

  const after = events.slice(last + 1);
  const pausesAtEnd = innerLast === row.length - 1 && pause !== undefined;
  if (pausesAtEnd && after.some(({ name, at }) => at <= pause && name === inner?.not)) return undefined;
  if (spec.not) {
    const from = pausesAtEnd ? pause : -Infinity;
    if (closes >= until || after.some(({ name, at }) => at > from && at <= closes && name === spec.not))
      return undefined;
  }
  const byTime = spec.not !== null || pausesAtEnd;
  const end = spec.not ? closes : pausesAtEnd ? pause : lastAt;
  return { ids: taken.map(({ id }) => id), first, last, end, byTime };
}
