import { isDeepStrictEqual } from 'node:util';
import { pause } from '../core/pause.ts';
import type { HeldSettings } from '../core/settings.ts';
import type { SharedLog } from '../log/log.ts';
import { stillStands, verify, type Position, type Verdict } from '../log/position.ts';
import type { Pipeline } from './define.ts';
import type { FrozenEntity } from './frozen.ts';
import type { Held } from './held-model.ts';
import {
  blobsOf,
  contentOf,
  decode,
  encode,
  format,
  nameOf,
  otherVersionsIn,
  type Loaded,
  type Manifest,
  type PassedBy,
} from './manifest.ts';
import type { Shelf } from './shelf.ts';
import type { StateStore } from './state.ts';
import type { Tuning } from './tuning.ts';

/** One a day is kept for replay and explain, this many days. */
export const dailiesKept = 7;
/** Nothing waits for a snapshot, and events wait for its work: it works so long, ms, and rests so long. */
const [workMs, restMs] = [2, 5];

/**
 * The snapshots of one partition. They only make starting faster: losing all of them loses time, nothing else.
 * The manifest is written last, by compare-and-set; a blob goes when no manifest names it any more.
 */
export function createSnapshots(log: SharedLog, partition: number, pipelines: readonly Pipeline[]) {
  const key = `snapshot.${partition}`;
  const versions = Object.fromEntries(pipelines.map(({ name, version }) => [name, version]));
  /** What the key holds: the next manifest takes its place. It need not be what was begun with. */
  let revision = 0;
  /** A manifest whose acknowledgement did not arrive. */
  let uncertain: Uint8Array | undefined;
  /** What the store began with, or what was written of it last; undefined: the next snapshot is of all of it. */
  let base: Manifest | undefined;
  /** The models as `base` has them, by name. */
  let writtenModels = new Map<string, Held>();
  /** The settings as `base` has them. */
  let writtenTuned: readonly HeldSettings[] = [];
  /** Sequence of EVENTS at which the store began. */
  let begunAt = 0;
  let swept = false;

  /** The newest snapshot whose position verifies, and what was wrong with the newer ones. */
  async function load(): Promise<Loaded> {
    const rejected: Verdict[] = [];
    const passedBy: PassedBy[] = [];
    const dailies = (await log.kv.keys(`${key}.`)).toSorted().toReversed();
    for (const name of [key, ...dailies]) {
      const stored = await log.kv.get(name);
      if (!stored) continue;
      const manifest = decode<Manifest>(stored.value);
      if (name === key) ({ revision } = stored);
      if (manifest.format !== format) {
        passedBy.push('former-format');
        continue;
      }
      const verdict = await verify(log, 'EVENTS', manifest.position);
      if (!stillStands(verdict)) {
        rejected.push(verdict);
        continue;
      }
      const snapshot = await contentOf(manifest, log.blobs, versions);
      if (!snapshot) {
        passedBy.push('blob-missing');
        continue;
      }
      // Blobs of other versions of the pipelines must not be taken over: what is in them was left out here.
      if (isDeepStrictEqual(manifest.pipelines, versions)) {
        base = manifest;
        writtenModels = new Map(snapshot.models.map((held) => [nameOf(held), held]));
        writtenTuned = snapshot.tuned;
      }
      begunAt = manifest.position.sequence;
      return { snapshot, rejected, passedBy, otherVersions: otherVersionsIn(manifest, versions) };
    }
    return { snapshot: undefined, rejected, passedBy, otherVersions: [] };
  }

  /**
   * Begins a snapshot of what changed since the last one; `store`, `shelf` and `tuning` stand at `position` at this moment, all of it
   * committed. What is given back writes it, while the store goes on, at leisure until `stopping`, and answers the bytes written: none while the
   * reading, which begins with the partition that is furthest behind, has not come to where this one began.
   */
  function begin(
    store: StateStore,
    shelf: Pick<Shelf, 'all'>,
    tuning: Pick<Tuning, 'all'>,
    position: Position,
  ): (stopping?: AbortSignal) => Promise<number> {
    if (position.sequence <= begunAt) return () => Promise.resolve(0);
    const begun = store.beginSnapshot({ all: base === undefined });
    const models = new Map(shelf.all().map((held) => [nameOf(held), held]));
    const tuned = tuning.all();
    return (stopping) => write(store, { ...begun, models, tuned }, position, createRests(stopping));
  }

  async function write(
    store: StateStore,
    begun: ReturnType<StateStore['beginSnapshot']> & {
      readonly models: ReadonlyMap<string, Held>;
      readonly tuned: readonly HeldSettings[];
    },
    position: Position,
    rest: () => Promise<void>,
  ): Promise<number> {
    const written: Record<string, string> = {};
    let bytes = 0;
    try {
      for (const bucket of begun.buckets) {
        const name = `${key}.${bucket}.${position.sequence}`;
        const data = await jsonOf(begun.take(bucket), rest);
        await log.blobs.put(name, data);
        written[bucket] = name;
        bytes += data.length;
        await rest();
      }
      const models: Record<string, string> = {};
      for (const [model, held] of begun.models) {
        if (writtenModels.get(model) === held) continue;
        const name = `${key}.model.${model}.${position.sequence}`;
        const data = encode(held);
        await log.blobs.put(name, data);
        models[model] = name;
        bytes += data.length;
        await rest();
      }
      const settings: { tuned?: string } = base?.tuned === undefined ? {} : { tuned: base.tuned };
      if (!isDeepStrictEqual(begun.tuned, writtenTuned)) {
        settings.tuned = `${key}.settings.${position.sequence}`;
        const data = encode(begun.tuned);
        await log.blobs.put(settings.tuned, data);
        bytes += data.length;
      }
      await publish({
        format,
        position,
        pipelines: versions,
        buckets: { ...base?.buckets, ...written },
        models: { ...base?.models, ...models },
        ...settings,
      });
      writtenModels = new Map(begun.models);
      writtenTuned = begun.tuned;
    } catch (error) {
      store.abandonSnapshot(begun.buckets);
      throw error;
    }
    return bytes;
  }

  async function publish(manifest: Manifest): Promise<void> {
    const value = encode(manifest);
    await settle();
    uncertain = value;
    const stored = await log.kv.put(key, value, revision);
    if (stored.kind === 'moved') throw new Error(`the manifest ${key} was written by another worker`);
    uncertain = undefined;
    ({ revision } = stored);
    const before = base;
    base = manifest;
    const day = `${key}.${new Date(manifest.position.storedAt).toISOString().slice(0, 10)}`;
    await log.kv.put(day, value, 0);
    // Once a start all blobs are looked through: a crash or a failure in mid-snapshot left some that nothing names.
    await sweep(swept ? blobsOf(before) : await log.blobs.list(`${key}.`));
    swept = true;
  }

  /** Where the last manifest was written and its acknowledgement lost, the key has moved by our own hand. */
  async function settle(): Promise<void> {
    const found = uncertain && (await log.kv.get(key));
    if (found && uncertain && Buffer.compare(found.value, uncertain) === 0) ({ revision } = found);
    uncertain = undefined;
  }

  /** Drops the dailies beyond those kept, then what they or the replaced manifest named and no manifest names now. */
  async function sweep(replaced: readonly string[]): Promise<void> {
    const candidates = new Set(replaced);
    const kept = new Set(blobsOf(base));
    const dailies = (await log.kv.keys(`${key}.`)).toSorted();
    for (const [index, daily] of dailies.entries()) {
      const stored = await log.kv.get(daily);
      const old = index < dailies.length - dailiesKept;
      for (const blob of blobsOf(stored && decode<Manifest>(stored.value))) (old ? candidates : kept).add(blob);
      if (old) await log.kv.delete(daily);
    }
    for (const blob of candidates) if (!kept.has(blob)) await log.blobs.delete(blob);
  }

  return { load, begin };
}

/** What is given back lets others work, where that is due. */
function createRests(stopping?: AbortSignal): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < workMs) return;
    await pause(restMs, stopping);
    began = performance.now();
  };
}

/** The entities as a JSON array, one after the other. */
async function jsonOf(entities: Iterable<FrozenEntity>, rest: () => Promise<void>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const entity of entities) {
    parts.push(Buffer.from(`${parts.length === 0 ? '[' : ','}${JSON.stringify(entity)}`, 'utf8'));
    await rest();
  }
  return Buffer.concat([...parts, Buffer.from(parts.length === 0 ? '[]' : ']')]);
}
