import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Engine } from './engine.ts';
import { inFormat } from './settings.ts';

/** Longer than a query may take and than an insert of a full batch does. */
const defaultRequestTimeoutMs = 60_000;

/** A ClickHouse server at an address such as `http://user:password@localhost:8123`. */
export function openRemote(url: string, requestTimeoutMs = defaultRequestTimeoutMs): Engine {
  // What fails is told by whoever asked; the client's own log would print statements and their values.
  const common = { url, request_timeout: requestTimeoutMs, log: { level: ClickHouseLogLevel.OFF } };
  const writer = createClient({ ...common, application: 'weir' });
  const reading = createClient({ ...common, application: 'weir-query', database: 'weir' });
  return {
    kind: 'remote',
    writer,
    insert: async (table, rows, settings) => {
      // The bytes go over the wire as they are; `client.insert` would want objects to make the same bytes of.
      const { stream } = await writer.exec({
        query: `INSERT INTO ${table} FORMAT JSONEachRow`,
        values: Readable.from([rows], { objectMode: false }),
        clickhouse_settings: settings,
      });
      for await (const _ of stream) continue;
    },
    reader: async (settings) => ({
      run: async (sql, format, params, signal) => {
        const values = Object.entries(params).map(([name, value]) => [`param_${name}`, value]);
        const { stream } = await reading.exec({
          query: sql,
          clickhouse_settings: { ...Object.fromEntries(values), ...settings, ...inFormat(format) },
          abort_signal: signal,
        });
        return buffer(stream);
      },
      close: async () => undefined,
    }),
    close: async () => {
      await Promise.all([writer.close(), reading.close()]);
    },
  };
}
