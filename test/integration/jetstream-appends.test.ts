import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JetStreamApiError } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';
import { openConnection } from '../../src/log/jetstream/connection.ts';
import { createPublisher } from '../../src/log/jetstream/publisher.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { natsMissing, startNats, type NatsOptions, type TestNats } from '../support/nats.ts';
import { until } from '../support/until.ts';

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

/** Appends to a subject, at a server with this configuration: what becomes of each. */
async function publishing(subject: string, waitMs: number, config?: NatsOptions) {
  nats = await startNats(config);
  const connection = await openConnection(nats.url, quiet);
  undo.push(() => connection.close());
  const publisher = createPublisher(connection, waitMs);
  const message = { stream: 'EVENTS', subject, data: Buffer.from('{}') } as const;
  return { server: nats, publish: () => publisher.publish(message).catch((error: unknown) => error) };
}

/** What becomes of one append. */
async function append(subject: string, waitMs: number, config?: NatsOptions) {
  const { server, publish } = await publishing(subject, waitMs, config);
  return {
    server,
    outcome: (before?: () => Promise<void>) => {
      const outcome = publish();
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

  test('is none where the answer says that it failed, however little it says of why', async () => {
    const { server, outcome } = await append('weir.failing', patientMs);
    const failing = await connect({ servers: server.url });
    undo.push(() => failing.close());
    const answer = JSON.stringify({ error: { code: 503 }, stream: 'EVENTS', seq: 0 });
    failing.subscribe('weir.failing', { callback: (_, message) => void message.respond(answer) });
    await failing.flush();
    expect(await outcome()).toBeInstanceOf(JetStreamApiError);
  });

  test('is heard of again once the server lets weir hear answers again', async () => {
    const dir = newFolder();
    const configOf = (denied: string) => `pid_file: "${dir}/pid"
authorization { users: [{ user: u, password: p, permissions: { subscribe: { deny: "${denied}" } } }] }
no_auth_user: u`;
    const { publish } = await publishing('weir.nowhere', 500, { dir, config: configOf('nothing') });
    undo.push(async () => removeFolder(dir));
    const reload = (denied: string) => {
      const path = join(dir, 'nats.conf');
      const config = readFileSync(path, 'utf8');
      writeFileSync(path, config.replace(/deny: "[^"]*"/, `deny: "${denied}"`));
      process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGHUP');
    };
    const isHeard = async () => String(await publish()).includes('no stream takes this subject');
    expect(await isHeard()).toBe(true);
    reload('_INBOX.>');
    await until('nothing is heard', async () => !(await isHeard()));
    reload('nothing');
    await until('answers are heard', isHeard);
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
