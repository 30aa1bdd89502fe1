/** Settings by name: those alone that are others than as shipped. */
export type SetValues = { readonly [name: string]: number };

/** By pipeline, what is set of it. */
export type PipelineSettings = { readonly [pipeline: string]: SetValues };

/** Some of an organisation's accounts, for which other settings hold. */
export type Segment = {
  /** Accounts that are in it, whatever the CRM says: `brightloom`. */
  readonly accounts: readonly string[];
  /** In place of the organisation's, setting by setting. */
  readonly settings: PipelineSettings;
};

/** What an organisation sets of weights and thresholds. */
export type OrgSettings = {
  readonly settings: PipelineSettings;
  /** The property of a company in the CRM that names its segment. Null: no such. */
  readonly segmentBy: string | null;
  readonly segments: { readonly [segment: string]: Segment };
};

/** An organisation's settings as they stand in the log. `version` counts the changes; `at` is when it was put there, RFC 3339 UTC. */
export type HeldSettings = OrgSettings & { readonly org: string; readonly version: number; readonly at: string };

/**
 * A record of EVENTS: from its place in the log on, these settings hold in the organisation, in every partition. It is no event,
 * and the archive does not keep it.
 */
export type SettingsRecord = HeldSettings & { readonly record: 'settings' };

/** The settings a score was made under. A score made as shipped has none. */
export interface ScoreSettings {
  /** Of the organisation's settings. */
  readonly version: number;
  /** The segment of the entity; null where it is in none. */
  readonly segment: string | null;
  /** What is set of the score's pipeline, for that segment. */
  readonly values: SetValues;
}
