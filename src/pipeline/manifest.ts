import { messageOf } from '../core/errors.ts';
import type { HeldSettings } from '../core/settings.ts';
import type { Log } from '../log/log.ts';
import type { Position, Verdict } from '../log/position.ts';
import { cellsOnlyOf, type FrozenEntity } from './frozen.ts';
import type { Held } from './held-model.ts';

/** What a snapshot is made of: where it stands, which pipelines it is of, a blob for each bucket of entities, one for each model, one for all settings. */
export interface Manifest {
  readonly format: number;
  readonly position: Position;
  readonly pipelines: Readonly<Record<string, number>>;
  readonly buckets: Readonly<Record<string, string>>;
  /** Absent before there were models. */
  readonly models?: Readonly<Record<string, string>>;
  /** Absent where nothing was ever set. */
  readonly tuned?: string;
}

/** Why a snapshot is passed by on a log that is as it was left: an older weir wrote it, or a blob of it is gone. */
export type PassedBy = 'former-format' | 'blob-missing';

/** A pipeline whose cells a snapshot has of another version: they are left out. */
export interface OtherVersion {
  readonly pipeline: string;
  readonly from: number;
  readonly to: number;
}

export interface Loaded {
  readonly snapshot: Snapshot | undefined;
  /** What was wrong with newer ones. */
  readonly rejected: readonly Verdict[];
  readonly passedBy: readonly PassedBy[];
  readonly otherVersions: readonly OtherVersion[];
}

export interface Snapshot {
  readonly position: Position;
  readonly state: readonly FrozenEntity[];
  readonly models: readonly Held[];
  readonly tuned: readonly HeldSettings[];
}

/** How entities are written down (`frozen.ts`). What was written otherwise is passed by. */
export const format = 2;

/** Versions of pipelines, by name. */
type Versions = Manifest['pipelines'];

/** What a manifest names, without the cells of pipelines that have another version now; undefined where a blob is gone. */
export async function contentOf(
  { position, pipelines, buckets, models = {}, tuned }: Manifest,
  blobs: Log['blobs'],
  versions: Versions,
): Promise<Snapshot | undefined> {
  const entities = await allOf<readonly FrozenEntity[]>(Object.values(buckets), blobs);
  const held = await allOf<Held>(Object.values(models), blobs);
  const set = await allOf<readonly HeldSettings[]>(tuned === undefined ? [] : [tuned], blobs);
  if (!entities || !held || !set) return undefined;
  const same = (pipeline: string): boolean => pipelines[pipeline] === versions[pipeline];
  const state = entities.flat().map((entity) => ({ ...entity, cells: cellsOnlyOf(entity.cells, same) }));
  return { position, state, models: held, tuned: set.flat() };
}

async function allOf<T>(names: readonly string[], blobs: Log['blobs']): Promise<readonly T[] | undefined> {
  const all: T[] = [];
  for (const name of names) {
    const data = await blobs.get(name);
    if (!data) return undefined;
    all.push(decode<T>(data));
  }
  return all;
}

export const otherVersionsIn = ({ pipelines: former }: Manifest, versions: Versions): readonly OtherVersion[] =>
  Object.entries(versions).flatMap(([pipeline, to]) => {
    const from = former[pipeline];
    return from === undefined || from === to ? [] : [{ pipeline, from, to }];
  });

export const blobsOf = (manifest: Manifest | undefined): readonly string[] => [
  ...Object.values(manifest?.buckets ?? {}),
  ...Object.values(manifest?.models ?? {}),
  ...(manifest?.tuned === undefined ? [] : [manifest.tuned]),
];

/** Both are names of `[a-z0-9_-]`. */
export const nameOf = ({ org, model }: Held): string => `${org}.${model}`;

export const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');

// Written by `encode` above, under keys of our own.
export function decode<T>(data: Uint8Array): T {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8')) as T;
  } catch (error) {
    throw new Error(`a snapshot cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
