import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { newFolder } from '../support/folder.ts';
import { run } from './support.ts';

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
  vi.useRealTimers();
});

test('alerts are printed as they come, by severity, entity and title', async () => {
  const { url, asked } = await daemon((socket) => socket.send(alert('c1')));
  const { code, out } = await run(['tail', '--count', '1', '--min-severity', 'warning', '--org', 'acme', '--url', url]);
  expect(code).toBe(0);
  expect(asked).toEqual([
    { type: 'subscribe', id: 'tail', filter: { minSeverity: 'warning' }, from: 'open', org: 'acme' },
  ]);
  expect(out).toMatch(/12:00:00.*critical.*opened.*account:brightloom {2}Renewal at risk\n.*said they would leave/);
});

test.each([
  ['the time of day of what happened today', '2026-03-01T23:59:59Z', /^12:00:00 critical/m],
  ['the date, too, of another day', '2026-03-02T00:00:00Z', /^2026-03-01 12:00:00 critical/m],
])('a line begins with %s', async (_, now, expected) => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(now) });
  const { url } = await daemon((socket) => socket.send(alert('c1')));
  const { out } = await run(['tail', '--count', '1', '--url', url]);
  expect(stripVTControlCharacters(out)).toMatch(expected);
});

test('after so many it ends, whatever else is on its way, and the next goes on with the rest', async () => {
  const { url, asked } = await daemon((socket) =>
    ['c1', 'c2', 'c3', 'c4'].forEach((cursor) => socket.send(alert(cursor))),
  );
  const env = { XDG_STATE_HOME: newFolder({}) };
  const { out } = await run(['tail', '--json', '--count', '2', '--url', url], { env });
  expect(out.trimEnd().split('\n')).toHaveLength(2);
  await run(['tail', '--count', '1', '--url', url], { env });
  expect(asked.map(({ from }) => from)).toEqual(['open', 'c2']);
});

test('the next tail goes on where the last one stopped', async () => {
  let sent = 0;
  const { url, asked } = await daemon((socket) => socket.send(alert(`c${(sent += 1)}`)));
  const env = { XDG_STATE_HOME: newFolder({}) };
  for (let runs = 0; runs < 3; runs += 1) await run(['tail', '--count', '1', '--url', url], { env });
  expect(asked.map(({ from }) => from)).toEqual(['open', 'c1', 'c2']);
});

test('a lost connection is made again, and goes on from the last alert', async () => {
  let connections = 0;
  const { url, asked } = await daemon((socket) => {
    connections += 1;
    socket.send(alert(`c${connections}`), () => socket.terminate());
  });
  const { code, out, err } = await run(['tail', '--json', '--count', '3', '--url', url]);
  expect(code).toBe(0);
  const cursors = out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line).cursor);
  expect(cursors).toEqual(['c1', 'c2', 'c3']);
  expect(asked.map(({ from }) => from)).toEqual(['open', 'c1', 'c2']);
  expect(err).toContain('connecting again');
});

test('a cursor that is no longer good is said, and what is open now is shown', async () => {
  const { url, asked } = await daemon((socket, message) => {
    const error = { type: 'error', code: 'cursor-invalid', detail: 'The cursor is of another log.', id: 'tail' };
    socket.send(message.from === 'open' ? alert('c1') : JSON.stringify(error));
  });
  const old = 'old-'.repeat(16);
  const { code, err } = await run(['tail', '--from', old, '--count', '1', '--url', url]);
  expect(code).toBe(0);
  expect(err).toContain('The cursor is of another log. Going on with what is open now.');
  expect(asked.map(({ from }) => from)).toEqual([old, 'open']);
});

test('a refusal is final, and says why', async () => {
  const { url } = await daemon((socket) => socket.close(4401, 'No token in time'));
  const { code, err } = await run(['tail', '--url', url]);
  expect(code).toBe(1);
  expect(err).toContain('No token in time (the token is taken from WEIR_TOKEN)');
});

test('a token that is wrong is said to come from WEIR_TOKEN', async () => {
  const { url } = await daemon((socket) => {
    socket.send(JSON.stringify({ type: 'error', code: 'token-wrong', detail: 'The token is not known.' }));
    socket.close(4401, 'unauthenticated');
  });
  const { code, err } = await run(['tail', '--url', url]);
  expect([code, err]).toEqual([1, 'weir: The token is not known. (the token is taken from WEIR_TOKEN)\n']);
});

test('missing alerts are said', async () => {
  const { url } = await daemon((socket) => {
    socket.send(JSON.stringify({ type: 'gap', id: 'tail', from: 'c0', to: 'c5' }));
    socket.send(alert('c6'));
  });
  expect((await run(['tail', '--count', '1', '--url', url])).err).toContain('alerts are missing here');
});

test('Ctrl-C ends it with 0, and what was heard is remembered', async () => {
  const stopping = new AbortController();
  const { url, asked } = await daemon((socket) => socket.send(alert('c9')));
  const env = { XDG_STATE_HOME: newFolder({}) };
  const ran = await run(['tail', '--url', url], {
    env,
    stopped: stopping.signal,
    onOut: () => setImmediate(() => stopping.abort()),
  });
  expect(ran.code).toBe(0);
  await run(['tail', '--url', url, '--count', '1'], { env });
  expect(asked.at(-1)?.from).toBe('c9');
});

interface Asked {
  readonly type: string;
  readonly from: string;
}

/** A daemon that does one thing when it is asked for a subscription. */
async function daemon(answer: (socket: WebSocket, message: Asked) => void): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'weir.v1' });
  servers.push(server);
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const message: Asked = JSON.parse(data.toString());
      asked.push(message);
      answer(socket, message);
    });
  });
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

function alert(cursor: string): string {
  const at = '2026-03-01T12:00:00.000Z';
  return JSON.stringify({
    type: 'alert',
    id: 'tail',
    cursor,
    transition: 'opened',
    by: 'pipeline:gong',
    why: 'first seen',
    at,
    cause: 'e1',
    receivedAt: at,
    alert: {
      id: 'a1',
      org: 'acme',
      entity: 'account:brightloom',
      pipeline: 'gong',
      pipelineVersion: 1,
      rule: 'risk',
      fingerprint: 'account:brightloom',
      status: 'open',
      version: 1,
      episode: 1,
      count: 1,
      openedAt: at,
      lastSeenAt: at,
      acknowledgedAt: null,
      resolvedAt: null,
      lastPosition: 1,
      lastOrdinal: 0,
      kind: 'customer_health',
      severity: 'critical',
      title: 'Renewal at risk',
      evidence: [{ text: 'said they would leave', eventIds: ['e1'], scores: [] }],
      recommendedActions: [],
      roles: [],
      sources: ['gong'],
    },
  });
}
