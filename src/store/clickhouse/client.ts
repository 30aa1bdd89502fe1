import { messageOf, WeirError } from '../../core/errors.ts';
import { QueryError } from '../../core/query.ts';
import type { Inserted, Reading, Restrictions, Store } from '../store.ts';
import { openEmbedded } from './embedded.ts';
import type { Engine } from './engine.ts';
import { faultOf, rowFaults } from './faults.ts';
import { migrate } from './migrate.ts';
import { openRemote } from './remote.ts';
import { insertSettings, readSettings } from './settings.ts';

/** A folder for the embedded ClickHouse, or the address of a server with user and password in it. */
export type StoreOptions = { readonly path: string } | { readonly url: string; readonly requestTimeoutMs?: number };

/** The store in ClickHouse, its tables as this version of weir wants them. Rejects with `store-unavailable`. */
export async function createClickHouseStore(options: StoreOptions): Promise<Store> {
  const engine =
    'url' in options ? openRemote(options.url, options.requestTimeoutMs) : await openEmbedded(options.path);
  try {
    await migrate(engine.writer);
  } catch (error) {
    await engine.close();
    throw unavailable(error);
  }
  return storeOf(engine);
}

function storeOf(engine: Engine): Store {
  return {
    kind: engine.kind,
    insert: async (table, rows) => {
      try {
        await engine.insert(`weir.${table}`, rows, insertSettings);
        return { kind: 'stored' };
      } catch (error) {
        return refusalOf(error);
      }
    },
    open: (restrictions) => openReading(engine, restrictions),
    inquire: (sql) =>
      asked(async () => {
        const result = await engine.writer.query({ query: sql, format: 'JSONEachRow' });
        return result.json<unknown>();
      }),
    healthy: async () => (await engine.writer.ping({ select: true })).success,
    close: () => engine.close(),
  };
}

function refusalOf(error: unknown): Inserted {
  const fault = faultOf(error);
  if (fault && rowFaults.has(fault.code)) return { kind: 'refused', detail: fault.message.slice(0, 1_000) };
  throw unavailable(error);
}

async function openReading(engine: Engine, restrictions: Restrictions): Promise<Reading> {
  const reader = await asked(() => engine.reader(readSettings(restrictions)));
  const { maxTimeMs } = restrictions.limits;
  return {
    // ClickHouse stops a question in time; the signal is for a server that does not even do that.
    run: (sql, format, params = {}) =>
      asked(() => reader.run(sql, format, params, AbortSignal.timeout(maxTimeMs + graceMs))),
    close: () => reader.close(),
  };
}

const graceMs = 5_000;

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof QueryError) throw error;
    const fault = faultOf(error);
    if (fault) throw new QueryError(fault.code, fault.type, fault.message, { cause: error });
    throw unavailable(error);
  }
}

function unavailable(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  return new WeirError('store-unavailable', `ClickHouse: ${messageOf(error)}`, { cause: error });
}
