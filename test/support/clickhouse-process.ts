import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { messageOf } from '../../src/core/errors.ts';
import { openEmbedded } from '../../src/store/clickhouse/embedded.ts';
import { faultOf } from '../../src/store/clickhouse/faults.ts';

/**
 * No ClickHouse server, but its engine (chdb) behind as much of its HTTP interface as weir's client uses to write: statements,
 * inserts of lines of JSON, settings, errors in its form. `clickhouse-process.ts <path>`; prints the port it listens on.
 */
const [, , path = ''] = process.argv;
const engine = await openEmbedded(path);

const server = createServer((request, response) => {
  answer(request).then(
    (body) => void response.end(body),
    (error: unknown) => refuse(response, error),
  );
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});

async function answer(request: IncomingMessage): Promise<Buffer> {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const { query = '', query_id: _, database: __, ...settings } = Object.fromEntries(searchParams);
  const body = await buffer(request);
  const [, table] = /^\s*INSERT INTO (\S+) FORMAT JSONEachRow\s*$/.exec(query) ?? [];
  if (table !== undefined) {
    await engine.insert(table, body, settings);
    return Buffer.alloc(0);
  }
  const { stream } = await engine.writer.exec({
    query: [query, body.toString()].filter((part) => part !== '').join('\n'),
    clickhouse_settings: settings,
  });
  return buffer(stream);
}

function refuse(response: ServerResponse, error: unknown): void {
  const fault = faultOf(error);
  const text = fault ? `Code: ${fault.code}. DB::Exception: ${fault.message} (${fault.type})` : messageOf(error);
  response.writeHead(500, fault && { 'x-clickhouse-exception-code': String(fault.code) }).end(text);
}
