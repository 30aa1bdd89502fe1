import type { EventHead } from '../core/event.ts';
import type { Score } from '../core/score.ts';

/**
 * P The store: where everything is kept for questions. One writer (the archive) and readers that see one organisation.
 *
 * - `insert` resolves after the rows are durable against the death of this process. The same rows inserted again count once, as
 *   read with `final = 1`. It never inserts half of what it refuses; what fails otherwise may be there in part.
 * - a `Reading` sees the tables of one organisation and can change nothing; it is the last wall, not the only one: what reaches
 *   it has passed `query/`.
 */
export interface Store {
  readonly kind: 'embedded' | 'remote';
  /** Inserts rows, one JSON object a line. Rejects with `store-unavailable` while ClickHouse cannot take anything. */
  insert(table: TableName, rows: Uint8Array): Promise<Inserted>;
  /** A connection for one question. */
  open(restrictions: Restrictions): Promise<Reading>;
  /** Rows of a question of weir's own, without restrictions: never with text from outside. */
  inquire(sql: string): Promise<readonly unknown[]>;
  /** Whether it answers now; for readiness. */
  healthy(): Promise<boolean>;
  close(): Promise<void>;
}

/** Every table with rows of organisations: the archive's, and `case_vectors`. */
export const tableNames = [
  'events',
  'scores',
  'insights',
  'tasks',
  'alerts',
  'alert_transitions',
  'agent_runs',
  'dead_letters',
  'audit',
  'case_vectors',
] as const;
export type TableName = (typeof tableNames)[number];

/** Views over them, for the questions people ask. */
export const viewNames = [
  'entity_health',
  'alert_noise',
  'mtta',
  'pipeline_velocity',
  'source_freshness',
  'agent_sessions',
  'agent_relationships',
  'agent_communications',
  'agent_attempts',
  'agent_performance',
] as const;

/** Columns of ClickHouse's own tables that say what there is, and nothing of how much. Tools ask for them. */
export const catalogColumns: Readonly<Record<string, readonly string[]>> = {
  databases: ['name', 'engine', 'comment'],
  tables: ['database', 'name', 'engine', 'comment', 'is_temporary', 'primary_key', 'sorting_key', 'partition_key'],
  columns: [
    'database',
    'table',
    'name',
    'type',
    'position',
    'comment',
    'default_kind',
    'default_expression',
    'is_in_primary_key',
    'is_in_sorting_key',
    'is_in_partition_key',
    'numeric_precision',
    'numeric_scale',
    'datetime_precision',
  ],
};

export type Inserted =
  | { readonly kind: 'stored' }
  /** A row among them is not what the table takes; `detail` says what ClickHouse said. Nothing was inserted. */
  | { readonly kind: 'refused'; readonly detail: string };

/** What one question may see and use. */
export interface Restrictions {
  readonly org: string;
  readonly limits: QueryLimits;
  /** How the answer is written, in ClickHouse's settings: `query/settings.ts` says which may be asked for. */
  readonly output?: Readonly<Record<string, string>>;
}

export interface QueryLimits {
  readonly maxTimeMs: number;
  readonly maxMemoryBytes: number;
  readonly maxRows: number;
  readonly maxResultBytes: number;
}

/** Values by name, in ClickHouse's text form: a tab is `\\t`, a backslash `\\\\`, NULL `\\N`. */
export type QueryParams = Readonly<Record<string, string>>;

export interface Reading {
  /** Runs one statement, with values for its `{name:Type}`. Rejects with a `QueryError`, or `store-unavailable`. */
  run(sql: string, format: string, params?: QueryParams): Promise<Buffer>;
  close(): Promise<void>;
}

/** P Answers questions in SQL: reading, one organisation's rows, within the limits. */
export interface Asking {
  /** Rejects with `store-unavailable` while ClickHouse is away, and with `too-many` questions at once. */
  ask(question: Question): Promise<Answer>;
  /** How many questions are being answered now. */
  running(): number;
}

export interface Question {
  readonly org: string;
  readonly sql: string;
  /** What it is answered in unless the statement says FORMAT. */
  readonly format: string;
  /** Values of `{name:Type}` in the statement. */
  readonly params: QueryParams;
  /** ClickHouse settings that were sent along; those that say how an answer is written are taken. */
  readonly settings: Readonly<Record<string, string>>;
}

export type Answer =
  | { readonly kind: 'answered'; readonly body: Buffer; readonly format: string; readonly mediaType: string }
  /** In ClickHouse's numbers and words. */
  | { readonly kind: 'refused'; readonly code: number; readonly type: string; readonly message: string };

/** P Scores as they were, and the events behind them; one organisation's. Rejects as `Asking` does. */
export interface Scores {
  /**
   * Of each name and subject of an entity the score that held at `at`: the last with an event time up to then, and of several at
   * one time the one that was made last. By name and subject; a subject of '' is none.
   */
  at(asked: ScoresAsked): Promise<readonly Score[]>;
  find(org: string, id: string): Promise<Score | undefined>;
  /** Those of an entity's events that are in the store, by id. */
  events(org: string, entity: string, ids: readonly string[]): Promise<ReadonlyMap<string, EventHead>>;
}

export interface ScoresAsked {
  readonly org: string;
  readonly entity: string;
  /** Event time, ms. Absent: the newest. */
  readonly at?: number;
  readonly name?: string;
  readonly subject?: string;
  /** Those that come after this one. */
  readonly after?: { readonly name: string; readonly subject: string | null };
  readonly limit: number;
}
