import { randomInt } from 'node:crypto';
import { open, type Database, type RootDatabase } from 'lmdb';
import { WeirError } from '../../core/errors.ts';
import type { StreamName } from '../log.ts';
import type { StreamDefinition } from '../streams.ts';

/** The LMDB environment and its tables. One environment, so that one commit covers them all. */
export interface Store {
  readonly env: RootDatabase;
  /** By stream: first sequence of a segment → the segment. */
  readonly segments: ReadonlyMap<StreamName, Database<Buffer, number>>;
  /** Subject → its last sequence; stale where that lies before the stream's first. */
  readonly lasts: Database<number, string>;
  /** `[group, first]` of each segment that holds a message of the group; see `groupOf`. */
  readonly groups: Database<Buffer, [string, number]>;
  /** Number of a commit → `[f64 time]`, then `[key][u48 sequence]` of each message id in it. */
  readonly ids: Database<Buffer, number>;
  /** Key → `[f64 revision][value]`. */
  readonly values: Database<Buffer, string>;
  readonly blobs: Database<Buffer, string>;
  /** Sequence → an item of work that is not done; see `work.ts`. */
  readonly work: Database<Buffer, number>;
  /** `state` → State. */
  readonly meta: Database<unknown, string>;
  /** `owner`, whose version is the token of the process that may write. */
  readonly owner: Database<Buffer, string>;
}

/** A put or a removal that is ready to be handed over. It must not throw: what was handed over before it would be committed. */
export type Write = () => unknown;

/** What is known of a stream. Sequences have no gap: what goes, goes from the head. */
export interface StreamState {
  readonly created: string;
  /** First sequence still there; last + 1 when empty. */
  first: number;
  last: number;
  bytes: number;
  /** Log time of the oldest segment, ms; null when there is none. */
  oldest: number | null;
  /** Whether `first` moved past segments that still take room. */
  trimmed: boolean;
}

/** Everything about the log that changes with a commit, written with each. */
export interface State {
  readonly streams: { [name: string]: StreamState };
  commits: number;
  /** The last revision given to a key; never given twice, so that a key made anew is not taken for the old one. */
  revision: number;
  /** Log time of the oldest commit whose message ids are kept, ms; null when there is none. */
  oldestIds: number | null;
}

export function openStore(path: string, definitions: readonly StreamDefinition[]): Store {
  // Without overlappingSync a commit is on the disk before it is told: that is what an acknowledgement stands for.
  const env = open({
    path,
    noSubdir: false,
    overlappingSync: false,
    maxDbs: 32,
    encoding: 'binary',
    // What belongs together is handed over together here; LMDB need not wait for more of it.
    eventTurnBatching: false,
  });
  const binary = { encoding: 'binary' } as const;
  return {
    env,
    segments: new Map(definitions.map(({ name }) => [name, env.openDB<Buffer, number>(`stream:${name}`, binary)])),
    lasts: env.openDB<number, string>('lasts', { encoding: 'ordered-binary' }),
    groups: env.openDB<Buffer, [string, number]>('groups', binary),
    ids: env.openDB<Buffer, number>('ids', binary),
    values: env.openDB<Buffer, string>('values', binary),
    blobs: env.openDB<Buffer, string>('blobs', binary),
    work: env.openDB<Buffer, number>('work', binary),
    meta: env.openDB<unknown, string>('meta', { encoding: 'json' }),
    owner: env.openDB<Buffer, string>('owner', { ...binary, useVersions: true }),
  };
}

const ownerKey = 'owner';

/** From now on only who knows `token` can write. */
export async function claim({ env, owner }: Store, token: number): Promise<void> {
  await durable(owner.put(ownerKey, Buffer.alloc(0), token));
  // What is read from now on is what the one before left.
  env.resetReadTxn();
}

/**
 * One transaction: all of the writes or none, on the disk when it resolves. They are handed to LMDB's own thread together, so
 * that nothing waits for the event loop in the middle of a commit. Rejects with `log-unavailable` where another process has
 * claimed the environment meanwhile, and with what LMDB says where it failed.
 */
export async function write({ owner }: Store, token: number, writes: readonly Write[]): Promise<void> {
  // In a block only the block answers; what a single write says is known at once and says nothing.
  const owned = owner.ifVersion(ownerKey, token, () => {
    for (const each of writes) each();
  });
  if (!(await durable(owned))) {
    throw new WeirError('log-unavailable', 'another process took the data directory over; this one writes no more');
  }
}

/** Rejects with the reason: LMDB says that a commit failed at once, and why a little later, by a promise of its own. */
async function durable(written: Promise<boolean>): Promise<boolean> {
  try {
    return await written;
  } catch (failure) {
    if (failure instanceof Error && 'commitError' in failure) await failure.commitError;
    throw failure;
  }
}

/** The state as the last commit left it, with new definitions' streams added. */
export function loadState(store: Store, definitions: readonly StreamDefinition[], now: number): State {
  const stored: unknown = store.meta.get('state');
  const state: State = isState(stored) ? stored : { streams: {}, commits: 0, revision: 0, oldestIds: null };
  for (const { name } of definitions) {
    state.streams[name] ??= { created: identityAt(now), first: 1, last: 0, bytes: 0, oldest: null, trimmed: false };
  }
  return state;
}

/** The time to the millisecond and six random digits: two logs made at the same moment are still two. */
function identityAt(now: number): string {
  return new Date(now).toISOString().replace('Z', `${String(randomInt(1_000_000)).padStart(6, '0')}Z`);
}

/** Written by nobody but us, in one commit with what it describes: its outer shape is proof enough. */
function isState(value: unknown): value is State {
  return typeof value === 'object' && value !== null && 'streams' in value && 'commits' in value;
}

export function segmentsOf(store: Store, stream: StreamName): Database<Buffer, number> {
  const segments = store.segments.get(stream);
  if (!segments) throw new RangeError(`the log has no stream ${stream}`);
  return segments;
}

export function stateOf(state: State, stream: StreamName): StreamState {
  const found = state.streams[stream];
  if (!found) throw new RangeError(`the log has no stream ${stream}`);
  return found;
}

/** The first three tokens of a subject, such as `weir.alerts.acme`: what the index of segments goes by. */
export function groupOf(subject: string): string {
  return subject.split('.', 3).join('.');
}

/** Key of the segment that holds a sequence, or of the first one after it; undefined past the end. */
export function segmentAt(segments: Database<Buffer, number>, sequence: number): number | undefined {
  for (const first of segments.getKeys({ start: sequence, reverse: true, limit: 1 })) return first;
  for (const first of segments.getKeys({ start: sequence, limit: 1 })) return first;
  return undefined;
}
