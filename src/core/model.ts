import type { Json } from './json.ts';

/** A case of which the outcome is known, as a pipeline tells it to a model: in a commit. What is in `example` the model knows. */
export interface Example {
  readonly org: string;
  readonly entity: string;
  readonly pipeline: string;
  readonly model: string;
  readonly example: Json;
  /** What of the entity it is about, by its id: a deal, a payment. Absent: the entity itself, or that is not known. */
  readonly subject?: string;
  /** Id of the event that told the outcome. */
  readonly cause: string;
  /** Event time of the outcome, RFC 3339 UTC. */
  readonly time: string;
  /** As of an alert's observation: the EVENTS sequence of the record, and what tells apart what one record caused. */
  readonly position: number;
  readonly ordinal: number;
}

/** What a person asks: that this version judges and no later one takes its place, or that the latest does, and the ones after it. */
export interface ReleaseCommand {
  /** 0 is what the model is shipped with. */
  readonly version: number | 'latest';
  /** The identity that asks. */
  readonly by: string;
  readonly why: string;
  /** When they asked, RFC 3339 UTC. */
  readonly at: string;
}

/**
 * A record of EVENTS for the models of an organisation, read in every partition at its place in the log. It is no event, and
 * the archive does not keep it. `partition` is the one the example comes from: what lies at or before the last example taken
 * from there is a repetition.
 */
export type ModelRecord =
  | ({ readonly record: 'example'; readonly partition: number } & Example)
  | ({ readonly record: 'release'; readonly org: string; readonly model: string } & ReleaseCommand);

/** What a model has learned, for people. */
export interface Learned {
  /** Sums of the weights of what was learned from. */
  readonly outcomes: { readonly positive: number; readonly negative: number };
  /** By bins of what was said, 0 … 1: how often it came true. */
  readonly calibration: readonly {
    readonly count: number;
    readonly said: number;
    readonly calibrated: number;
    readonly cameTrue: number;
  }[];
  /** Log-odds, strongest first, beside what was expected before anything was learned. */
  readonly weights: readonly {
    readonly name: string;
    readonly weight: number;
    readonly expected: number;
    readonly seen: number;
  }[];
  /** Of a model that counts: how often it came true by what it was about, 0 … 1, beside what was expected before. */
  readonly shares?: readonly {
    readonly name: string;
    readonly share: number;
    readonly expected: number;
    readonly seen: number;
  }[];
  /** How often it was found that the world had changed. */
  readonly driftAlarms: number;
}

/** A model of an organisation: what judges, what was learned since, and the way back. */
export interface ModelView {
  readonly name: string;
  readonly description: string;
  readonly judging: { readonly version: number; readonly pinned: boolean };
  readonly examples: number;
  /** Examples it could not learn from, and what the last of them met with. */
  readonly failed: { readonly examples: number; readonly reason: string | null };
  readonly learned: Learned;
  /** Those there is a way back to, newest first. */
  readonly versions: readonly { readonly version: number; readonly at: string; readonly examples: number }[];
  /** What was made to judge, by whom and why; newest first. */
  readonly releases: readonly ModelRelease[];
}

export interface ModelRelease {
  readonly version: number;
  /** `weir`, or the identity that asked. */
  readonly by: string;
  readonly why: string;
  /** Event time where weir did it, else when it was asked. RFC 3339 UTC. */
  readonly at: string;
}
