import type { Commit } from '../../../src/core/commit.ts';
import type { Log } from '../../../src/log/log.ts';
import type { Outputs } from '../../../src/pipeline/outputs.ts';
import { jsonOf } from '../../support/outcome.ts';

/** All that was said, as lines of JSON under what they are compared by: a partition's or an entity's, each in its order. */
export type Said = ReadonlyMap<string, readonly string[]>;

const parts = ['scores', 'insights', 'alertObservations', 'tasks', 'dead', 'late'] as const;

/**
 * What the commits of SIGNALS say, partition by partition, in order, byte for byte, positions included. Left out is when a timer's
 * observation was received, which is when the timer was stored. Throws where two commits of a partition cover one record.
 */
export async function saidByPartition(log: Log): Promise<Said> {
  const said = createLines();
  const covered = new Map<number, number>();
  for await (const commit of jsonOf<Commit>(log, 'SIGNALS')) {
    const { partition, from, to } = commit;
    if (from <= (covered.get(partition) ?? 0)) throw new Error(`commits of partition ${partition} overlap at ${from}`);
    covered.set(partition, to);
    for (const part of parts) {
      for (const output of commit[part]) {
        const { receivedAt: _, ...rest } = { receivedAt: undefined, ...output };
        said.add(`partition ${partition}, ${part}`, rest);
      }
    }
  }
  return said.lines;
}

/** The same by what it is about, without positions: what may be compared where the events stood in another order. */
export async function saidByEntity(log: Log): Promise<Said> {
  const all: Said[] = [];
  for await (const commit of jsonOf<Commit>(log, 'SIGNALS')) all.push(byEntity(commit));
  return together(all);
}

/** What is said of each entity, in order; dead letters and late events by the event. */
export function byEntity(outputs: Outputs | Commit): Said {
  const said = createLines();
  for (const part of ['scores', 'insights', 'tasks'] as const) {
    for (const output of outputs[part]) said.add(`${output.entity}, ${part}`, output);
  }
  for (const { receivedAt: _, position: __, ordinal: ___, ...rest } of outputs.alertObservations) {
    said.add(`${rest.entity}, alertObservations`, rest);
  }
  for (const { sequence: _, ...rest } of outputs.dead) said.add(`${rest.eventId}, dead`, rest);
  for (const late of outputs.late) said.add(`${late.eventId}, late`, late);
  return said.lines;
}

/** The lines of all, one after another. */
function together(all: readonly Said[]): Said {
  const lines = new Map<string, string[]>();
  for (const said of all) for (const [key, more] of said) lines.set(key, [...(lines.get(key) ?? []), ...more]);
  return lines;
}

function createLines() {
  const lines = new Map<string, string[]>();
  return {
    lines,
    add(key: string, output: object): void {
      const line = JSON.stringify(output);
      const known = lines.get(key);
      if (known) known.push(line);
      else lines.set(key, [line]);
    },
  };
}

/** Where two runs said something else: the first line of each that differs. Empty where they are the same, byte for byte. */
export function unlike(one: Said, other: Said): readonly string[] {
  const keys = [...new Set([...one.keys(), ...other.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [ours, theirs] = [one.get(key) ?? [], other.get(key) ?? []];
    const at = Array.from({ length: Math.max(ours.length, theirs.length) }).findIndex((_, n) => ours[n] !== theirs[n]);
    return at === -1 ? [] : [`${key}, line ${at}:\n  ${brief(ours[at])}\n  ${brief(theirs[at])}`];
  });
}

const brief = (line: string | undefined): string => line?.slice(0, 400) ?? 'nothing';

export const linesIn = (said: Said): number => [...said.values()].reduce((sum, lines) => sum + lines.length, 0);
