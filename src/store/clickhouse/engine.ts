import type { ClickHouseClient } from '@clickhouse/client';
import type { Settings } from './settings.ts';

/** ClickHouse embedded in the process, or a server: beyond this nobody knows which. */
export interface Engine {
  readonly kind: 'embedded' | 'remote';
  /** For migrations. */
  readonly writer: ClickHouseClient;
  /** Inserts lines of JSON. Rejects with what ClickHouse said. */
  insert(table: string, rows: Uint8Array, settings: Settings): Promise<void>;
  /** For one question, bound to the settings. */
  reader(settings: Settings): Promise<EngineReader>;
  close(): Promise<void>;
}

export interface EngineReader {
  /** Params in ClickHouse's text form. */
  run(sql: string, format: string, params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Buffer>;
  close(): Promise<void>;
}
