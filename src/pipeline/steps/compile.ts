import type { Pattern, Within } from './pattern.ts';

/** What a pattern is compiled to: the ways to match it, each a row of stages that is gone through without choice. */
export interface Automaton<N extends string> {
  readonly ways: readonly Way<N>[];
  /** Those that mean something to it. */
  readonly names: readonly N[];
}

export interface Way<N extends string> {
  readonly stages: readonly Stage<N>[];
  /** Those that end at one stage: the inner before the outer. */
  readonly spans: readonly Span[];
}

export type Stage<N extends string> =
  | { readonly kind: 'take'; readonly slots: readonly Slot<N>[]; readonly unless: readonly N[] }
  /** Nothing of `unless` until the innermost span that ends here is over. */
  | { readonly kind: 'wait'; readonly unless: readonly N[] };

/** So many events of these names. A stage is done when all of its slots are full. */
export interface Slot<N extends string> {
  readonly names: readonly N[];
  readonly times: number;
}

/** The stages `from` … `to` end at most `ms` after event number `first` of the match. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly ms: number;
}

/** Ways a pattern may be matched at most: the product of the parts of its `any`s. Beyond, it is refused. */
const maxWays = 32;
/** Events of a match at most. Beyond, the pattern is refused. */
const maxEvents = 100;

/** Throws a RangeError for a pattern that means nothing, or too much: a mistake in code, not in input. */
export function compile<N extends string>(pattern: Within<N>): Automaton<N> {
  const ways = fragmentsOf(pattern).map(wayOf);
  return { ways, names: [...new Set(ways.flatMap(({ stages }) => stages.flatMap(namesIn)))] };
}

/** A piece of a way; its spans without the number of their first event, which depends on what comes before. */
interface Fragment<N extends string> {
  readonly stages: readonly Stage<N>[];
  readonly spans: readonly Omit<Span, 'first'>[];
  /** A `not` at the end: for the stage that comes next, or the time of the `within` around it. */
  readonly unless: readonly N[];
}

const nothing = { stages: [], spans: [], unless: [] };

function fragmentsOf<N extends string>(pattern: Pattern<N>): readonly Fragment<N>[] {
  switch (pattern.kind) {
    case 'one':
      return [taking([{ names: [pattern.name], times: 1 }])];
    case 'not':
      return [{ ...nothing, unless: pattern.names }];
    case 'seq':
      return product(pattern.parts.map(fragmentsOf));
    case 'any':
      return few(alternatives(pattern.parts.flatMap(fragmentsOf)));
    case 'all':
      return [taking(pattern.parts.flatMap((part) => slotsOf(fragmentsOf(part))))];
    case 'times':
      return repeated(fragmentsOf(pattern.part), pattern.times);
    case 'within':
      return fragmentsOf(pattern.part).map((fragment) => limited(fragment, pattern.ms));
    default:
      return pattern satisfies never;
  }
}

const taking = <N extends string>(slots: readonly Slot<N>[]): Fragment<N> => ({
  ...nothing,
  stages: [{ kind: 'take', slots, unless: [] }],
});

/** The slots of what is a single stage without conditions; undefined for anything else. */
function plainSlots<N extends string>({ stages, spans, unless }: Fragment<N>): readonly Slot<N>[] | undefined {
  const [stage, ...others] = stages;
  const plain =
    stage?.kind === 'take' && stage.unless.length === 0 && others.length + spans.length + unless.length === 0;
  return plain ? stage.slots : undefined;
}

/** Single events to choose from are one slot; anything else is a way each. */
function alternatives<N extends string>(fragments: readonly Fragment<N>[]): readonly Fragment<N>[] {
  const slots = fragments.map((fragment) => plainSlots(fragment));
  const names = slots.flatMap((list) => (list?.length === 1 && list[0]?.times === 1 ? [list[0].names] : []));
  return names.length === fragments.length ? [taking([{ names: names.flat(), times: 1 }])] : fragments;
}

function slotsOf<N extends string>(fragments: readonly Fragment<N>[]): readonly Slot<N>[] {
  const [fragment, ...others] = fragments;
  const slots = fragment && plainSlots(fragment);
  if (!slots || others.length > 0) {
    throw new RangeError(
      'all() takes single events, any() of them and times() of them; nothing that has an order of its own',
    );
  }
  return slots;
}

function repeated<N extends string>(fragments: readonly Fragment<N>[], times: number): readonly Fragment<N>[] {
  if (!Number.isInteger(times) || times < 1 || times > maxEvents) {
    throw new RangeError(`times(${times}) is not 1 to ${maxEvents}`);
  }
  const [fragment] = fragments;
  const slots = fragment && fragments.length === 1 ? plainSlots(fragment) : undefined;
  const [slot] = slots ?? [];
  if (slot && slots?.length === 1) return [taking([{ ...slot, times: slot.times * times }])];
  return product(Array.from({ length: times }, () => fragments));
}

function product<N extends string>(parts: readonly (readonly Fragment<N>[])[]): readonly Fragment<N>[] {
  return parts.reduce<readonly Fragment<N>[]>(
    (ways, part) => few(ways.flatMap((before) => part.map((after) => joined(before, after)))),
    [nothing],
  );
}

function few<T>(ways: readonly T[]): readonly T[] {
  if (ways.length > maxWays) throw new RangeError(`a pattern may be matched in ${maxWays} ways at most, by its any()`);
  return ways;
}

function joined<N extends string>(before: Fragment<N>, after: Fragment<N>): Fragment<N> {
  const by = before.stages.length;
  const [first, ...rest] = after.stages;
  if (!first) return { ...before, unless: [...before.unless, ...after.unless] };
  return {
    stages: [...before.stages, { ...first, unless: [...before.unless, ...first.unless] }, ...rest],
    spans: [...before.spans, ...after.spans.map((span) => ({ ...span, from: span.from + by, to: span.to + by }))],
    unless: after.unless,
  };
}

function limited<N extends string>({ stages, spans, unless }: Fragment<N>, ms: number): Fragment<N> {
  const all: readonly Stage<N>[] = unless.length > 0 ? [...stages, { kind: 'wait', unless }] : stages;
  return { stages: all, spans: [...spans, { from: 0, to: all.length - 1, ms }], unless: [] };
}

function wayOf<N extends string>({ stages, spans }: Fragment<N>): Way<N> {
  const [first] = stages;
  if (first?.kind !== 'take' || first.unless.length > 0) {
    throw new RangeError('a pattern begins with an event: not() needs something before it');
  }
  if (stages.some((stage) => stage.kind === 'take' && stage.slots.length === 0)) {
    throw new RangeError('seq(), any() and all() need at least one part');
  }
  if (eventsBefore(stages, stages.length) > maxEvents) {
    throw new RangeError(`a pattern has ${maxEvents} events at most`);
  }
  return { stages, spans: spans.map((span) => ({ ...span, first: firstOf(stages, span.from) })) };
}

/** A span that begins with an absence counts from the event before it. */
const firstOf = <N extends string>(stages: readonly Stage<N>[], from: number): number =>
  eventsBefore(stages, from) - (stages[from]?.kind === 'wait' ? 1 : 0);

/** How many events a match holds when it comes to this stage. */
function eventsBefore<N extends string>(stages: readonly Stage<N>[], stage: number): number {
  const slots = stages.slice(0, stage).flatMap((before) => (before.kind === 'take' ? before.slots : []));
  return slots.reduce((sum, slot) => sum + slot.times, 0);
}

const namesIn = <N extends string>(stage: Stage<N>): readonly N[] =>
  stage.kind === 'take' ? [...stage.unless, ...stage.slots.flatMap(({ names }) => names)] : stage.unless;
