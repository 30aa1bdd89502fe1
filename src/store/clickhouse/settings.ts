import { tableNames, viewNames, type Restrictions } from '../store.ts';

export type Settings = Readonly<Record<string, string | number>>;

/** How rows are read that the archive sends: one JSON object a line, as it stood on the log with a little before it. */
export const insertSettings: Settings = {
  input_format_json_read_objects_as_strings: 1,
  input_format_skip_unknown_fields: 1,
  date_time_input_format: 'best_effort',
  // To the last digit, or a score's reasons would no longer add up to it. Older servers read numbers faster and less exactly.
  precise_float_parsing: 1,
  // A year nobody can store is an error, and so a dead letter, rather than another year.
  date_time_overflow_behavior: 'throw',
  // Half a character in what somebody wrote (JSON may hold it, UTF-8 may not) stays as it is written, `\ud83d`, and refuses no row.
  input_format_json_throw_on_bad_escape_sequence: 0,
  // A batch is too small to be read by several threads: it would take half as much time of the processor again.
  input_format_parallel_parsing: 0,
  // Rows that replace one another are told apart when they are read (`final = 1`); doing it here too only costs time.
  optimize_on_insert: 0,
  // A batch over many months is many parts, and no reason to refuse it.
  max_partitions_per_insert_block: 0,
};

/** The settings of a connection that reads for one organisation. The last of them locks the others. */
export function readSettings({ org, limits, output }: Restrictions): Settings {
  return {
    session_timezone: 'UTC',
    ...output,
    final: 1,
    // All copies of a row stand in one partition: partitions are functions of the key.
    do_not_merge_across_partitions_select_final: 1,
    additional_table_filters: tableFilters(org),
    // What a statement asks of a row is asked after the row has passed the filter, or its errors would tell of others' rows.
    optimize_move_to_prewhere: 0,
    query_plan_merge_filters: 0,
    max_execution_time: Math.max(1, Math.ceil(limits.maxTimeMs / 1_000)),
    max_memory_usage: limits.maxMemoryBytes,
    max_result_rows: limits.maxRows,
    max_result_bytes: limits.maxResultBytes,
    result_overflow_mode: 'throw',
    readonly: 1,
  };
}

/** A map literal of table to condition. Tables that are not for readers have no rows. */
function tableFilters(org: string): string {
  const shown = [...tableNames, ...viewNames].map(quoted).join(', ');
  const filters: Readonly<Record<string, string>> = {
    ...Object.fromEntries(tableNames.map((table) => [`weir.${table}`, `org = ${quoted(org)}`])),
    'weir.schema_migrations': '0',
    'system.databases': `name = 'weir'`,
    'system.tables': `database = 'weir' AND name IN (${shown})`,
    'system.columns': `database = 'weir' AND table IN (${shown})`,
  };
  return `{${Object.entries(filters)
    .map(([table, condition]) => `${quoted(table)}: ${quoted(condition)}`)
    .join(', ')}}`;
}

/** A ClickHouse string literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** The format of an answer goes with the settings, though it is none of ClickHouse's, and so none of the client's types. */
export function inFormat(format: string): Settings {
  return { default_format: format };
}
