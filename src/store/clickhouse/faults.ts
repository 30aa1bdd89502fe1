import { ClickHouseError } from '@clickhouse/client';
import { messageOf } from '../../core/errors.ts';

export interface Fault {
  /** ClickHouse's number and name of it. */
  readonly code: number;
  readonly type: string;
  readonly message: string;
}

/** What ClickHouse itself says, with its number; undefined where it could not be asked at all. */
export function faultOf(error: unknown): Fault | undefined {
  // The embedded engine's own words come as they are, or as the cause of what the client made of them.
  for (const each of [error, error instanceof Error ? error.cause : undefined]) {
    const [, code, message, type] = faultPattern.exec(messageOf(each)) ?? [];
    if (code !== undefined && message !== undefined) {
      return { code: Number(code), type: type ?? 'UNKNOWN_EXCEPTION', message };
    }
  }
  if (!(error instanceof ClickHouseError)) return undefined;
  return { code: Number(error.code), type: error.type ?? 'UNKNOWN', message: error.message.trim() };
}

/** The embedded engine's words end at a NUL that they quote, and the fault's name stands behind it. */
const faultPattern = /^(?:Query failed: )?Code: (\d+)\. DB::Exception: (.*?)(?: \(([A-Z0-9_]{3,})\))?\s*$/s;

/**
 * Faults that lie in a row, by ClickHouse's numbers. Everything else (memory, disk, network, a missing table) may pass and is
 * tried again: a row is given up only where it is known to be the row.
 */
export const rowFaults: ReadonlySet<number> = new Set([
  6, // CANNOT_PARSE_TEXT
  25, // CANNOT_PARSE_ESCAPE_SEQUENCE
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  36, // BAD_ARGUMENTS: what the reader of dates says of some
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  130, // CANNOT_READ_ARRAY_FROM_TEXT
  131, // TOO_LARGE_STRING_SIZE
  306, // TOO_DEEP_RECURSION
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  407, // DECIMAL_OVERFLOW
  467, // CANNOT_PARSE_BOOL
]);
