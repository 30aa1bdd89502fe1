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
  /** The agents, or what they may be asked, are others now: what is known of them is found anew. */
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
const format = 3;
const key = 'runs.snapshot';
const blobOf = (org: string): string => `${key}.${org}`;

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
  agents: z.string(),
  position: z.object({ created: z.string(), sequence: z.int(), storedAt: z.number() }),
  /** By organisation, the place of the last message in it. */
  places: z.record(z.string(), z.int()),
});
/** Nobody but weir writes there. */
const isThere = (value: unknown): boolean => typeof value === 'object' && value !== null;
const orgSchema = z.object({
  format: z.literal(format),
  agents: z.string(),
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
 * is further, wrote meanwhile do as well, and nothing is ever left over. `agents`: a hash of who they are.
 */
export function createRunsSnapshots(log: Log, agents: string): RunsSnapshots {
  const written = new Map<string, number>();

  return {
    async load() {
      const stored = await log.kv.get(key);
      if (!stored) return undefined;
      const manifest = read(manifestSchema, () => JSON.parse(Buffer.from(stored.value).toString('utf8')));
      if (!manifest) return 'other-format';
      if (manifest.agents !== agents) return 'other-agents';
      const verdict = await verify(log, 'RUNS', manifest.position);
      if (verdict !== 'valid') return verdict;
      const orgs = new Map<string, OrgKept>();
      for (const [org, place] of Object.entries(manifest.places)) {
        const blob = await log.blobs.get(blobOf(org));
        const kept = blob && read(orgSchema, () => deserialize(blob));
        if (kept?.agents !== agents || kept.experience.place < place) return 'incomplete';
        orgs.set(org, kept);
      }
      for (const [org, { experience }] of orgs) written.set(org, experience.place);
      return { position: manifest.position, orgs };
    },
    async save({ position, orgs }) {
      let bytes = 0;
      const places: Record<string, number> = {};
      for (const [org, { experience, sessions }] of orgs) {
        places[org] = experience.place;
        if (written.get(org) === experience.place) continue;
        const data = serialize({ format, agents, experience, sessions });
        await log.blobs.put(blobOf(org), data);
        written.set(org, experience.place);
        bytes += data.length;
        // An embedded log answers without leaving the tick; others must have their turn.
        await nextTick();
      }
      const value = Buffer.from(JSON.stringify({ format, agents, position, places }), 'utf8');
      const before = await log.kv.get(key);
      // Where another daemon was faster, its manifest does.
      await log.kv.put(key, value, before?.revision ?? 0);
      return bytes;
    },
  };
}
