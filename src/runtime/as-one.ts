import type { PipelineHappenings } from '../pipeline/happenings.ts';

type Told = Pick<PipelineHappenings, 'pipelinesReached' | 'eventsLost'>;

interface Reached {
  readonly sequence: number;
  readonly storedAt: number;
}

/** Sequences from one to another, both included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Of so many ranges that are missing is remembered that they were told. */
const rememberedMax = 64;

/**
 * What several threads tell of the log that each of them reads whole, as one would: they have come as far as the hindmost of them,
 * and what all of them missed is missing once. One `Told` for each thread.
 */
export function asOne(threads: number, happened: Told): readonly Told[] {
  const reached: (Reached | undefined)[] = Array.from({ length: threads });
  const lost: Range[] = [];
  let told = 0;
  return reached.map((_, thread) => ({
    pipelinesReached(sequence, storedAt) {
      reached[thread] = { sequence, storedAt };
      const hindmost = hindmostOf(reached);
      if (!hindmost || hindmost.sequence === told) return;
      told = hindmost.sequence;
      happened.pipelinesReached(hindmost.sequence, hindmost.storedAt);
    },
    eventsLost(reader, from, to) {
      const untold = lost.reduce<readonly Range[]>(
        (parts, range) => parts.flatMap((part) => outside(part, range)),
        [{ from, to }],
      );
      for (const part of untold) happened.eventsLost(reader, part.from, part.to);
      lost.push(...untold);
      lost.splice(0, Math.max(0, lost.length - rememberedMax));
    },
  }));
}

/** Undefined until all have said how far they are. */
function hindmostOf(reached: readonly (Reached | undefined)[]): Reached | undefined {
  return reached.reduce((a, b) => (a && b ? (b.sequence < a.sequence ? b : a) : undefined));
}

/** What of a range lies outside of another. */
function outside({ from, to }: Range, other: Range): readonly Range[] {
  return [
    { from, to: Math.min(to, other.from - 1) },
    { from: Math.max(from, other.to + 1), to },
  ].filter((part) => part.from <= part.to);
}
