import { jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import { smallDefinitions } from '../support/log.ts';
import { natsMissing, startNats, type TestNats } from '../support/nats.ts';

const missing = natsMissing();
const open = (url: string) =>
  createJetStreamLog({
    url,
    definitions: smallDefinitions,
    happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
  });

let nats: TestNats | undefined;
afterEach(async () => {
  await nats?.stop();
  nats = undefined;
});

describe.skipIf(missing !== undefined)(`opening the log on NATS${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('where nobody answers is refused, without the password in the reason', async () => {
    nats = await startNats();
    await nats.kill();
    const url = nats.url.replace('nats://', 'nats://weir:hunter2@');
    const refused = await open(url).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'log-unavailable', message: expect.stringContaining('127.0.0.1') });
    expect(String(refused)).not.toContain('hunter2');
  });

  test('takes user and password, or a token, from the address', async () => {
    nats = await startNats({ config: 'authorization { user: "we ir", password: "p@ss" }' });
    const address = nats.url.replace('nats://', '');
    await expect(open(`nats://we%20ir:wrong@${address}`)).rejects.toMatchObject({ code: 'log-unavailable' });
    const log = await open(`nats://we%20ir:p%40ss@${address}`);
    expect(log.healthy()).toBe(true);
    await log.close();
  });

  test('takes a token from the address', async () => {
    nats = await startNats({ config: 'authorization { token: "s3cret" }' });
    const log = await open(nats.url.replace('nats://', 'nats://s3cret@'));
    expect(log.healthy()).toBe(true);
    await log.close();
  });

  test('refuses a server without JetStream, and says what to do', async () => {
    nats = await startNats({ jetstream: false });
    await expect(open(nats.url)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('-js'),
    });
  });

  test('refuses a stream that is there already and kept in memory', async () => {
    nats = await startNats();
    const nc = await connect({ servers: nats.url });
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: 'EVENTS', subjects: ['weir.events.>'], storage: StorageType.Memory });
    await nc.close();
    await expect(open(nats.url)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/EVENTS .*memory/),
    });
  });

  test('refuses to ask for more room than the server has', async () => {
    nats = await startNats({ jetstream: { maxFileStoreBytes: 1024 ** 2 } });
    await expect(open(nats.url)).rejects.toMatchObject({ code: 'config-invalid' });
  });
});
