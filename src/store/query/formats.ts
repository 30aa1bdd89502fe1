import { QueryError } from '../../core/query.ts';

/** Formats an answer may have, with their media types. Those that read a schema from a file are left out. */
const mediaTypes = {
  Arrow: 'application/octet-stream',
  ArrowStream: 'application/octet-stream',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  CSVWithNamesAndTypes: 'text/csv; charset=UTF-8; header=present',
  JSON: 'application/json; charset=UTF-8',
  JSONColumns: 'application/json; charset=UTF-8',
  JSONColumnsWithMetadata: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONCompactColumns: 'application/json; charset=UTF-8',
  JSONCompactEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRowWithNames: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRowWithNamesAndTypes: 'application/x-ndjson; charset=UTF-8',
  JSONCompactStrings: 'application/json; charset=UTF-8',
  JSONCompactStringsEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactStringsEachRowWithNames: 'application/x-ndjson; charset=UTF-8',
  JSONCompactStringsEachRowWithNamesAndTypes: 'application/x-ndjson; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONEachRowWithProgress: 'application/x-ndjson; charset=UTF-8',
  JSONObjectEachRow: 'application/json; charset=UTF-8',
  JSONStrings: 'application/json; charset=UTF-8',
  JSONStringsEachRow: 'application/x-ndjson; charset=UTF-8',
  Markdown: 'text/markdown; charset=UTF-8',
  MsgPack: 'application/octet-stream',
  Native: 'application/octet-stream',
  Null: 'text/plain; charset=UTF-8',
  Parquet: 'application/octet-stream',
  Pretty: 'text/plain; charset=UTF-8',
  PrettyCompact: 'text/plain; charset=UTF-8',
  PrettyCompactMonoBlock: 'text/plain; charset=UTF-8',
  PrettyCompactNoEscapes: 'text/plain; charset=UTF-8',
  PrettyNoEscapes: 'text/plain; charset=UTF-8',
  PrettySpace: 'text/plain; charset=UTF-8',
  RowBinary: 'application/octet-stream',
  RowBinaryWithNames: 'application/octet-stream',
  RowBinaryWithNamesAndTypes: 'application/octet-stream',
  TSKV: 'text/tab-separated-values; charset=UTF-8',
  TSV: 'text/tab-separated-values; charset=UTF-8',
  TSVRaw: 'text/tab-separated-values; charset=UTF-8',
  TSVWithNames: 'text/tab-separated-values; charset=UTF-8',
  TSVWithNamesAndTypes: 'text/tab-separated-values; charset=UTF-8',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  TabSeparatedRaw: 'text/tab-separated-values; charset=UTF-8',
  TabSeparatedWithNames: 'text/tab-separated-values; charset=UTF-8',
  TabSeparatedWithNamesAndTypes: 'text/tab-separated-values; charset=UTF-8',
  Values: 'text/plain; charset=UTF-8',
  Vertical: 'text/plain; charset=UTF-8',
  XML: 'application/xml; charset=UTF-8',
} as const satisfies Record<string, string>;

export type FormatName = keyof typeof mediaTypes;

const isFormat = (name: string): name is FormatName => Object.hasOwn(mediaTypes, name);

/** Throws a `QueryError` for a format that is not answered in. */
export function formatOf(name: string): FormatName {
  if (isFormat(name)) return name;
  throw new QueryError(73, 'UNKNOWN_FORMAT', `Unknown format ${name}`);
}

export function mediaTypeOf(format: FormatName): string {
  return mediaTypes[format];
}
