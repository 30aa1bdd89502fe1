import { setImmediate as nextTick } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import type { Session } from '../../schemas/run.ts';
import type { AgentCard } from '../core/agent.ts';
import { idOf } from '../core/ids.ts';
import type { Log } from '../log/log.ts';
import { verify, type Position, type Verdict } from '../log/position.ts';
import type { Experience } from './experience.ts';
import type { LearningPool } from './pool.ts';
import type { Register } from './register.ts';
import type { Quota } from './registry.ts';

/** What is in memory of an organisation's runs, as of the message of RUNS at `experience.place`. */
export interface OrgKept {
  readonly experience: Experience;
  /** The newest last. */
  readonly sessions: readonly Session[];
}

/** What is made of what is read, in memory. Values, which nothing changes any more. */
export interface RunsMemory {
  all(): ReadonlyMap<string, OrgKept>;
  restore(org: string, kept: OrgKept): void;
}

export interface RunsSnapshot {
  /** All of RUNS up to here is in it; of some organisations more. */
  readonly position: Position;
  readonly orgs: ReadonlyMap<string, OrgKept>;
}

/** Why a snapshot is not begun with: all of RUNS is read instead. */
export type RunsPassedBy =
  /** `trimmed`: retention took what came after it, so runs that are open in it may have ended long ago. */
  | Exclude<Verdict, 'valid'>
  /** Another version of weir wrote it. */
  | 'other-format'
  /** There are only those of other agents, or of these with other quotas: what is known of these is found anew. */
  | 'other-agents'
  /** Part of it is gone, cannot be read, or is of an earlier state: another daemon, which is behind, wrote it. */
  | 'incomplete';

/** What is told of snapshots. */
export interface RunsSnapshotHappenings {
  /** This start reads all there is. */
  runsSnapshotPassedBy(why: RunsPassedBy): void;
  runsSnapshotWritten(bytes: number): void;
  /** The next start reads more. */
  runsSnapshotFailed(error: unknown): void;
}

/** Snapshots of what RUNS tells. They only make starting faster: losing them loses time, nothing else. */
export interface RunsSnapshots {
  load(): Promise<RunsSnapshot | RunsPassedBy | undefined>;
  /** Resolves with the bytes that were written: of organisations of which nothing was told since the last time, none. */
  save(snapshot: RunsSnapshot): Promise<number>;
}

/** Raised with whatever changes what is in it, or how it comes of the facts. */
const format = 6;
/** Snapshots of so many sets of agents are kept: of those of daemons side by side, and of some before. The ones that are furthest behind go. */
const setsMax = 4;
const prefix = 'runs.snapshot';

/** Undefined for bytes that cannot be read: of a newer Node, or broken. */
function read<T>(schema: z.ZodType<T>, parse: () => unknown): T | undefined {
  try {
    return schema.safeParse(parse()).data;
  } catch {
    return undefined;
  }
}

const manifestSchema = z.object({
  format: z.literal(format),
  position: z.object({ created: z.string(), sequence: z.int(), storedAt: z.number() }),
  /** By organisation, the place of the last message in it. */
  places: z.record(z.string(), z.int()),
});
/** Nobody but weir writes there. */
const isThere = (value: unknown): boolean => typeof value === 'object' && value !== null;
const orgSchema = z.object({
  format: z.literal(format),
  experience: z.custom<Experience>(isThere),
  sessions: z.array(z.custom<Session>(isThere)),
});

/** Of whom a snapshot is: of others it says nothing. */
export const agentsHash = (cards: readonly AgentCard[], quotas: ReadonlyMap<string, Quota>): string =>
  idOf(JSON.stringify([cards, [...quotas]]));

/** What is kept of each organisation, of which anything was told. */
export const memoryOf = (pool: LearningPool, register: Pick<Register, 'of' | 'restore'>): RunsMemory => ({
  all: () => new Map([...pool.all()].map(([org, experience]) => [org, { experience, sessions: register.of(org) }])),
  restore(org, { experience, sessions }) {
    pool.restore(org, experience);
    register.restore(org, sessions);
  },
});

/**
 * A blob an organisation, replaced whole, and then the manifest that says how far each had come at least. So blobs that another daemon, which
 * is further, wrote meanwhile do as well. `agents`: a hash of who they are; daemons with others keep their own, and nothing is left over
 * of those that are gone.
 */
export function createRunsSnapshots(log: Log, agents: string): RunsSnapshots {
  const key = `${prefix}.${agents}`;
  const blobOf = (org: string): string => `${key}.${org}`;
  const written = new Map<string, number>();
  let isTidied = false;

  return {
    async load() {
      const stored = await log.kv.get(key);
      if (!stored) return (await log.kv.keys(prefix)).length > 0 ? 'other-agents' : undefined;
      const manifest = manifestIn(stored.value);
      if (!manifest) return 'other-format';
      const verdict = await verify(log, 'RUNS', manifest.position);
      if (verdict !== 'valid') return verdict;
      const orgs = new Map<string, OrgKept>();
      for (const [org, place] of Object.entries(manifest.places)) {
        const blob = await log.blobs.get(blobOf(org));
        const kept = blob && read(orgSchema, () => deserialize(blob));
        if (!kept || kept.experience.place < place) return 'incomplete';
        orgs.set(org, kept);
      }
      for (const [org, { experience }] of orgs) written.set(org, experience.place);
      return { position: manifest.position, orgs };
    },
    async save({ position, orgs }) {
      let bytes = 0;
      const places = Object.fromEntries([...orgs].map(([org, { experience }]) => [org, experience.place]));
      const manifest = Buffer.from(JSON.stringify({ format, position, places }), 'utf8');
      const held = await log.kv.get(key);
      if (!held || !manifestIn(held.value)) {
        // Who tidies up goes by manifests; whoever begins with this one finds it incomplete.
        await log.kv.put(key, manifest, held?.revision ?? 0);
        // Who tidied away the one that was there took the rest along.
        written.clear();
      }
      for (const [org, { experience, sessions }] of orgs) {
        if (written.get(org) === experience.place) continue;
        const data = serialize({ format, experience, sessions });
        await log.blobs.put(blobOf(org), data);
        written.set(org, experience.place);
        bytes += data.length;
        // An embedded log answers without leaving the tick; others must have their turn.
        await nextTick();
      }
      const before = await log.kv.get(key);
      // Where another daemon was faster, its manifest does.
      await log.kv.put(key, manifest, before?.revision ?? 0);
      // Daemons come with other agents when they start, and not in between.
      if (!isTidied) await tidy(log, key);
      isTidied = true;
      return bytes;
    },
  };
}

const manifestIn = (value: Uint8Array) => read(manifestSchema, () => JSON.parse(Buffer.from(value).toString('utf8')));

/** Removes what is of no set that is kept, as it lies there: also what an earlier weir wrote, or a daemon that died while it did. */
async function tidy({ kv, blobs }: Log, own: string): Promise<void> {
  // What others write meanwhile is not among them: each writes a manifest first, so of every part there is one by then.
  const parts = await blobs.list(prefix);
  const manifests = await kv.keys(prefix);
  const others: { readonly key: string; readonly storedAt: number }[] = [];
  for (const key of manifests) {
    const stored = key === own ? undefined : await kv.get(key);
    const position = stored && manifestIn(stored.value)?.position;
    if (position) others.push({ key, storedAt: position.storedAt });
  }
  const newest = others.toSorted((a, b) => b.storedAt - a.storedAt).slice(0, setsMax - 1);
  const kept = [own, ...newest.map(({ key }) => key)];
  for (const key of manifests) if (!kept.includes(key)) await kv.delete(key);
  for (const name of parts) {
    if (!kept.some((key) => name.startsWith(`${key}.`))) await blobs.delete(name);
  }
}
