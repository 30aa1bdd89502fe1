import { QueryError } from '../../core/query.ts';

/** Settings that say how an answer is written, or what SQL means; they are taken as asked. */
const taken: ReadonlySet<string> = new Set([
  'date_time_output_format',
  'extremes',
  'join_use_nulls',
  'output_format_decimal_trailing_zeros',
  'output_format_json_array_of_rows',
  'output_format_json_escape_forward_slashes',
  'output_format_json_named_tuples_as_objects',
  'output_format_json_quote_64bit_floats',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_decimals',
  'output_format_json_quote_denormals',
  'output_format_pretty_color',
  'output_format_pretty_max_rows',
  'output_format_tsv_crlf_end_of_line',
  'output_format_csv_crlf_end_of_line',
  'session_timezone',
]);

/** What tools send of themselves and nothing here depends on: their own limits, their sessions, how they would like to be sent to. */
const passedOver =
  /^(?:add_http_cors_header|allow_experimental_\w+|async_insert\w*|buffer_size|cancel_http_readonly_queries_on_client_close|client_protocol_version|compress|connect_timeout\w*|connection_timeout|enable_http_compression|http_\w+|input_format_\w+|insert_\w+|log_\w+|max_\w+|min_\w+|network_compression_method|priority|query_id|quota_key|readonly|receive_timeout|result_overflow_mode|role|send_\w+|session_check|session_id|session_timeout|timeout_overflow_mode|use_\w+|wait_end_of_query)$/;

/** The settings among a request's parameters that are taken. Throws a `QueryError` for one that would change the answer and is not. */
export function settingsOf(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (params['compress'] === '1' || params['compress'] === 'true') {
    throw new QueryError(
      115,
      'UNKNOWN_SETTING',
      'Answers are not compressed in ClickHouse’s own way: set compress to 0.',
    );
  }
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    if (taken.has(name) && /^[\w/+-]{0,64}$/.test(value)) settings[name] = value;
    else if (!passedOver.test(name)) throw new QueryError(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'`);
  }
  return settings;
}
