import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';
import { openConnection } from '../../src/log/jetstream/connection.ts';
import { createPublisher } from '../../src/log/jetstream/publisher.ts';
import { natsMissing, startNats, type NatsOptions, type TestNats } from '../support/nats.ts';

const missing = natsMissing();
const quiet = { logDisconnected: () => undefined, logReconnected: () => undefined };
const patientMs = 30_000;

let nats: TestNats | undefined;
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
  await nats?.stop();
  nats = undefined;
});

/** What becomes of one append to a subject, at a server with this configuration. */
async function append(subject: string, waitMs: number, config?: NatsOptions) {
  nats = await startNats(config);
  const connection = await openConnection(nats.url, quiet);
  undo.push(() => connection.close());
  const message = { stream: 'EVENTS', subject, data: Buffer.from('{}') } as const;
  return {
    server: nats,
    outcome: (before?: () => Promise<void>) => {
      const appending = createPublisher(connection, waitMs).publish(message);
      const outcome = appending.catch((error: unknown) => error);
      return before ? before().then(() => outcome) : outcome;
    },
  };
}

describe.skipIf(missing !== undefined)(`an append${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('to a subject that no stream takes is refused at once', async () => {
    const { outcome } = await append('weir.nowhere', patientMs);
    expect(await outcome()).toMatchObject({ code: 'log-unavailable', message: 'no stream takes this subject' });
  });

  test('the server lets nobody make is refused at once, with the reason it gives', async () => {
    const config =
      'authorization { users: [{ user: u, password: p, permissions: { publish: { deny: "weir.secret" } } }] }\nno_auth_user: u';
    const { outcome } = await append('weir.secret', patientMs, { config });
    expect(String(await outcome())).toContain('Permissions Violation for Publish to "weir.secret"');
  });

  test('that nobody answers is given up, and may be stored all the same', async () => {
    const { server, outcome } = await append('weir.silent', 20);
    const silent = await connect({ servers: server.url });
    undo.push(() => silent.close());
    silent.subscribe('weir.silent', { callback: () => undefined });
    await silent.flush();
    expect(await outcome()).toMatchObject({
      code: 'log-unavailable',
      message: 'no answer for 20 ms; it may be stored all the same',
    });
  });

  test('under way when the connection breaks is given up with it', async () => {
    const { server, outcome } = await append('weir.silent', patientMs);
    const silent = await connect({ servers: server.url, reconnect: false });
    undo.push(() => silent.close());
    silent.subscribe('weir.silent', { callback: () => undefined });
    await silent.flush();
    expect(await outcome(() => server.kill())).toMatchObject({
      code: 'log-unavailable',
      message: 'the connection broke; it may be stored all the same',
    });
  });
});
