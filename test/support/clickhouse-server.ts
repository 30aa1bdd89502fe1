import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Session } from 'chdb';
import { quoted } from '../../src/store/clickhouse/settings.ts';
import { newFolder, removeFolder } from './folder.ts';

export interface TestClickHouse {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * ClickHouse's HTTP interface in front of the embedded engine: what a ClickHouse server does with the requests of the remote store,
 * for machines without one. A folder of your own is kept when it closes. One a process, and not beside the embedded store: so is the engine.
 */
export async function startClickHouse(options: { port?: number; path?: string } = {}): Promise<TestClickHouse> {
  const { port = 0, path = newFolder() } = options;
  const first = new Session(path);
  const server = createServer((request, response) => {
    answer(path, request).then(
      (body) => response.end(body),
      (error: unknown) => fail(response, error),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${addressOf(server.address()).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      first.close();
      if (options.path === undefined) removeFolder(path);
    },
  };
}

async function answer(path: string, request: IncomingMessage): Promise<Uint8Array | string> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/ping') return 'Ok.\n';
  const {
    query = '',
    default_format: format = 'TabSeparated',
    database,
    ...settings
  } = Object.fromEntries(url.searchParams);
  const body = await buffer(request);
  const session = new Session(path);
  try {
    if (database !== undefined) await session.queryAsync(`USE ${database}`);
    // As a server does: all at once, `readonly` among them.
    const sets = Object.entries(settings).filter(([name]) => !ofTheServer.has(name));
    const assignments = sets.map(([name, value]) => `${name} = ${value.startsWith('{') ? value : quoted(value)}`);
    if (assignments.length > 0) await session.queryAsync(`SET ${assignments.join(', ')}`);
    const statement = [query, body.toString()].filter((part) => part !== '').join('\n');
    return (await session.queryAsync(statement, { format })).bytes();
  } finally {
    session.close();
  }
}

/** Parameters that are no settings of a statement. */
const ofTheServer: ReadonlySet<string> = new Set([
  'query_id',
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'enable_http_compression',
  'role',
  'session_id',
]);

function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = /Code: (\d+)/.exec(message)?.[1] ?? '1000';
  response.writeHead(code === '62' ? 400 : 500, { 'X-ClickHouse-Exception-Code': code });
  response.end(message);
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return address;
}
