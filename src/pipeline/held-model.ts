import { messageOf } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { ModelRecord, ModelRelease, ModelView } from '../core/model.ts';
import type { Model } from '../scoring/model.ts';

/** A model of one organisation as a partition remembers it. Plain JSON, never changed in place. */
export type Held = {
  readonly org: string;
  readonly model: string;
  /** The model's own version: that of the states' shape. */
  readonly format: number;
  readonly learned: Json;
  /** How many examples it has learned from, and how many until the last release. */
  readonly examples: number;
  readonly failed: number;
  readonly failure: string | null;
  /** By partition: position and ordinal of the last example taken from there. */
  readonly taken: { readonly [partition: string]: readonly [position: number, ordinal: number] };
  /** The last `versionsKept`, newest last. */
  readonly versions: readonly Version[];
  /** The number of the last version made. */
  readonly released: number;
  readonly judging: number;
  readonly pinned: boolean;
  /** The last `releasesKept`, newest last. */
  readonly releases: readonly Release[];
};

type Version = { readonly version: number; readonly at: string; readonly examples: number; readonly state: Json };
type Release = { readonly [part in keyof ModelRelease]: ModelRelease[part] };

export const versionsKept = 10;
const releasesKept = 20;
/**
 * What was learned is released with so many examples since the last version, yet at most once a day of event time, so that the
 * versions that are kept reach back ten days at least; and with the first example that is a week later.
 */
export const examplesToRelease = 25;
const dayMs = 86_400_000;

export const heldOf = (org: string, { name, version, initial }: Model): Held => ({
  org,
  model: name,
  format: version,
  learned: initial,
  examples: 0,
  failed: 0,
  failure: null,
  taken: {},
  versions: [],
  released: 0,
  judging: 0,
  pinned: false,
  releases: [],
});

/** What is left of a model that was raised in its version: nothing learned, but what was taken, and by which numbers it goes on. */
export function reformed(held: Held, model: Model): Held {
  if (held.format === model.version) return held;
  const { org, taken, released, releases } = held;
  return { ...heldOf(org, model), taken, released, releases };
}

/** The state that judges: of the version made to, or what the model is shipped with. */
export function judgingIn({ versions, judging }: Held, { initial }: Model): Json {
  return versions.find(({ version }) => version === judging)?.state ?? initial;
}

/** The model after a record; the very same where the record says nothing new. */
export function heldAfter(held: Held, record: ModelRecord, model: Model): Held {
  switch (record.record) {
    case 'example':
      return afterExample(held, record, model);
    case 'release':
      return afterCommand(held, record);
    default:
      return record satisfies never;
  }
}

function afterExample(held: Held, record: Extract<ModelRecord, { record: 'example' }>, model: Model): Held {
  const { partition, position, ordinal, time } = record;
  const [lastPosition, lastOrdinal] = held.taken[partition] ?? [-1, -1];
  if (position < lastPosition || (position === lastPosition && ordinal <= lastOrdinal)) return held;
  const next = { ...held, taken: { ...held.taken, [partition]: [position, ordinal] as const } };
  const { learned, failure } = learnedFrom(held.learned, record.example, model);
  if (failure !== undefined) return { ...next, failed: held.failed + 1, failure };
  const taught = { ...next, learned, examples: held.examples + 1 };
  if (held.pinned || !isDue(taught, time)) return taught;
  return released(taught, { at: time, by: 'weir', why: `learned from ${taught.examples} outcomes` });
}

/** An example a model cannot learn from must not stop the partition for good. */
function learnedFrom(
  learned: Json,
  example: Json,
  model: Model,
): { readonly learned: Json; readonly failure?: string } {
  try {
    return { learned: model.learn(learned, example) };
  } catch (error) {
    return { learned, failure: messageOf(error).slice(0, 300) };
  }
}

function isDue({ examples, versions }: Held, time: string): boolean {
  const last = versions.at(-1);
  if (last === undefined) return examples >= examplesToRelease;
  const days = (Date.parse(time) - Date.parse(last.at)) / dayMs;
  return days >= 7 || (days >= 1 && examples - last.examples >= examplesToRelease);
}

/** What was learned until now, as a new version that judges. */
function released(held: Held, { at, by, why }: Omit<Release, 'version'>): Held {
  const version = held.released + 1;
  const made = { version, at, examples: held.examples, state: held.learned };
  return {
    ...held,
    versions: [...held.versions, made].slice(-versionsKept),
    released: version,
    judging: version,
    pinned: false,
    releases: [...held.releases, { version, at, by, why }].slice(-releasesKept),
  };
}

/** A version that is not kept any more (it was when it was asked for) changes nothing. */
function afterCommand(held: Held, { version, at, by, why }: Extract<ModelRecord, { record: 'release' }>): Held {
  if (version === 'latest') return released(held, { at, by, why });
  if (!isKept(held, version)) return held;
  const releases = [...held.releases, { version, at, by, why }].slice(-releasesKept);
  return { ...held, judging: version, pinned: true, releases };
}

export const isKept = ({ versions }: Pick<ModelView, 'versions'>, version: number): boolean =>
  version === 0 || versions.some((kept) => kept.version === version);

/** The same for people. */
export function viewOf(held: Held, model: Model): ModelView {
  return {
    name: model.name,
    description: model.description,
    judging: { version: held.judging, pinned: held.pinned },
    examples: held.examples,
    failed: { examples: held.failed, reason: held.failure },
    learned: model.show(held.learned),
    versions: held.versions.map(({ state: _, ...version }) => version).toReversed(),
    releases: held.releases.toReversed(),
  };
}
