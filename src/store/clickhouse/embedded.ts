import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import {
  ClickHouseLogLevel,
  createClient,
  type ClickHouseSettings,
  type ClickHouseClientConfigOptions,
} from '@clickhouse/client';
import type { ChdbConnection } from 'chdb/connection';
import { messageOf, WeirError } from '../../core/errors.ts';
import { QueryError } from '../../core/query.ts';
import { createTurns } from '../../core/turns.ts';
import { putBehindWhatStarts } from '../../threads/priority.ts';
import { readerRole, writeAccessControl } from './access.ts';
import type { Engine } from './engine.ts';
import { inFormat, quoted, type Settings } from './settings.ts';

/**
 * Node runs what is asynchronous in libraries on four threads by default, and a statement holds one until it is done. The log
 * flushes on them, too: with inserts queueing on all four, an append waited for ClickHouse. So one inserts, two read, one is free.
 */
const insertsAtOnce = 1;
const readsAtOnce = 2;
/** Of the ten seconds a stop may take. */
const cancelWithinMs = 2_000;

/**
 * ClickHouse in this process, its data under `path`. The first connection brings the engine up with our access control and stays
 * open; the others share it. Rejects with `store-unavailable` where another process has the folder.
 */
export async function openEmbedded(path: string): Promise<Engine> {
  const folder = resolve(path);
  await mkdir(folder, { recursive: true });
  const config = await writeAccessControl(folder);
  // Loaded here, not above: with a ClickHouse of one's own the library of it need not be in memory.
  const { Session } = await import('chdb');
  const { createChdbConnection } = await import('chdb/connection');
  // Node's four library threads, on which the log flushes, started with the first file that was touched: they stay as they are.
  const putBehind = putBehindWhatStarts();
  const first = attempt(() => new Session(folder, { connectionArgs: [`--config-file=${config}`] }));
  const connection = createChdbConnection({ path: folder });
  const writer = createClient({ connection: forClient(connection), ...quietly });
  const inserting = createTurns(insertsAtOnce);
  const reading = createTurns(readsAtOnce);
  let closing = false;

  /** A process with a statement in it does not end before that does, whoever left it: it could take its whole time limit. */
  async function cancelReads(): Promise<void> {
    const client = createClient({ connection: forClient(createChdbConnection({ path: folder })), ...quietly });
    const late = new AbortController();
    const waiting = after(cancelWithinMs, undefined, { signal: late.signal }).catch(() => undefined);
    // Where it cannot be cancelled, it is left.
    const cancelled = client
      .command({ query: "KILL QUERY WHERE query_kind = 'Select' AND query_id != queryID() ASYNC" })
      .catch(() => undefined);
    await Promise.race([cancelled, waiting]);
    late.abort();
    await client.close();
  }

  return {
    kind: 'embedded',
    writer,
    insert: async (table, rows, settings) => {
      // The bytes go to ClickHouse as they are; `client.insert` would make a text of them first.
      try {
        await inserting(() => connection.chdb.rawInsert({ table, values: rows, format: 'JSONEachRow', settings }));
      } finally {
        // The engine starts threads as it needs them.
        putBehind();
      }
    },
    reader: async (settings) => {
      putBehind();
      // Half a millisecond to open; what was set for one question cannot leak into the next.
      const client = createClient({ connection: forClient(createChdbConnection({ path: folder })), ...quietly });
      try {
        await client.command({ query: 'USE weir' });
        await client.command({ query: `SET ROLE ${readerRole}` });
        await client.command({ query: `SET ${assignments(settings)}` });
      } catch (error) {
        await client.close();
        throw error;
      }
      return {
        run: (sql, format, params, signal) =>
          reading(async () => {
            if (closing) throw new WeirError('store-unavailable', 'ClickHouse is being closed.');
            // Not as the client's settings: chdb puts those into a statement without escaping backslashes.
            const sets = Object.entries(params).map(([name, value]) => `param_${named(name)} = ${quoted(value)}`);
            if (sets.length > 0) await client.command({ query: `SET ${sets.join(', ')}` });
            const { stream } = await client.exec({
              query: sql,
              clickhouse_settings: inFormat(format),
              abort_signal: signal,
            });
            return buffer(stream);
          }),
        close: () => client.close(),
      };
    },
    close: async () => {
      closing = true;
      await cancelReads();
      await writer.close();
      first.close();
    },
  };
}

/** What fails is told by whoever asked; the client's own log would print statements and their values. */
const quietly = { log: { level: ClickHouseLogLevel.OFF } };

type ClientConnection = NonNullable<ClickHouseClientConfigOptions['connection']>;

/**
 * The connection as the client takes it. The client and chdb each declare a class for settings that are maps, so their types do
 * not meet, though nothing else differs; here such a setting becomes the text it stands for.
 */
function forClient(inner: ChdbConnection): ClientConnection {
  return {
    ping: (params) => inner.ping(plain(params)),
    query: (params) => inner.query(plain(params)),
    insert: (params) => inner.insert(plain(params)),
    command: (params) => inner.command(plain(params)),
    exec: (params) => inner.exec(plain(params)),
    close: () => inner.close(),
  };
}

function plain<P extends { clickhouse_settings?: ClickHouseSettings }>({ clickhouse_settings, ...params }: P) {
  const settings: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(clickhouse_settings ?? {})) {
    if (value !== undefined) settings[name] = typeof value === 'object' ? value.toString() : value;
  }
  return { ...params, clickhouse_settings: settings };
}

function attempt<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    const detail = `The embedded ClickHouse does not open: ${messageOf(error)} Is another weir using this folder?`;
    throw new WeirError('store-unavailable', detail, { cause: error });
  }
}

function assignments(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : mapOrText(value)}`)
    .join(', ');
}

/** `SET` takes a map as a map; over HTTP it is text. */
function mapOrText(value: string): string {
  return value.startsWith('{') ? value : quoted(value);
}

/** A parameter's name, which stands in a statement as it is. */
function named(name: string): string {
  if (/^\w{1,128}$/.test(name)) return name;
  throw new QueryError(36, 'BAD_ARGUMENTS', 'A parameter has a name of letters, digits and _.');
}
