import type { Json } from '../../core/json.ts';

/** What the CRM said an account's segment is, and from when on (event time, ms); oldest first. */
export type Told = readonly (readonly [at: number, segment: string])[];

/** More than one, so that a late input finds what held in its time. */
const toldKept = 8;
/** The CRM's words; what is remembered must not grow with them. */
const charsMax = 100;

/** Takes what is told into its place; of one moment in the order of the words, so that the order of arrival changes nothing. */
export function toldAfter(before: Json | undefined, at: number, segment: string): Told {
  const entry = [at, segment.slice(0, charsMax)] as const;
  const entries = toldIn(before);
  const place = entries.findLastIndex(([then, other]) => then < at || (then === at && other <= entry[1])) + 1;
  return entries.toSpliced(place, 0, entry).slice(-toldKept);
}

/** The segment at a moment. */
export function segmentAt(told: Json | undefined, time: number): string | undefined {
  return toldIn(told).findLast(([at]) => at <= time)?.[1];
}

// Only `toldAfter` writes this state, under a name no pipeline can take.
const toldIn = (state: Json | undefined): Told => (state ?? []) as Told;
