import { once } from 'node:events';
import { createServer } from 'node:net';
import { jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { defaultRetention, defaultWork, sizesOf, streamDefinitions } from '../../src/log/streams.ts';
import { createJetStreamLog, type JetStreamLogOptions } from '../../src/log/jetstream.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { createDaemon } from '../support/daemon.ts';
import { smallDefinitions } from '../support/log.ts';
import { natsMissing, startNats, type TestNats } from '../support/nats.ts';
import { freePort } from '../support/port.ts';
import { until } from '../support/until.ts';

const missing = natsMissing();
const quiet = { logDisconnected: () => undefined, logReconnected: () => undefined };
const open = (url: string, more: Partial<JetStreamLogOptions> = {}) =>
  createJetStreamLog({ url, definitions: smallDefinitions, happened: quiet, ...more });

/** With so much for all of the log. */
function sized(gib: number): Partial<JetStreamLogOptions> {
  const retention = { ...defaultRetention, maxBytes: gib * 1024 ** 3 };
  const sizes = sizesOf(retention);
  return { definitions: streamDefinitions(retention), sizes, work: { ...defaultWork, maxBytes: sizes.work } };
}

let nats: TestNats | undefined;
afterEach(async () => {
  await nats?.stop();
  nats = undefined;
});

describe.skipIf(missing !== undefined)(`opening the log on NATS${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('where nobody answers for as long as it waits is refused, without the password in the reason', async () => {
    nats = await startNats();
    await nats.kill();
    const url = nats.url.replace('nats://', 'nats://weir:hunter2@');
    const refused = await open(url, { patienceMs: 0 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'log-unavailable', message: expect.stringContaining('127.0.0.1') });
    expect(String(refused)).not.toContain('hunter2');
  });

  test('waits for a server that is being restarted, and says so once', async () => {
    nats = await startNats();
    await nats.kill();
    const told: string[] = [];
    const happened = {
      logDisconnected: (reason: string) => void told.push(reason),
      logReconnected: () => void told.push('back'),
    };
    const opening = open(nats.url, { happened });
    await until('it is said that nobody answers', () => told.length > 0);
    await nats.restart();
    const log = await opening;
    expect(told).toEqual([expect.stringContaining('cannot be reached at nats://127.0.0.1'), 'back']);
    expect(log.healthy()).toBe(true);
    await log.close();
  });

  test('waits no longer once it is told to stop, also for a server that says nothing', async () => {
    const port = await freePort();
    const silent = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void silent.close());
    const stopping = new AbortController();
    const opening = open(`nats://127.0.0.1:${port}`, { signal: stopping.signal });
    const refused = expect(opening).rejects.toBe('told to stop');
    await once(silent, 'connection');
    stopping.abort('told to stop');
    await refused;
  });

  test('does not wait for a server that does not let it in', async () => {
    nats = await startNats({ config: 'authorization { user: "weir", password: "p@ss" }' });
    const refused = open(nats.url.replace('nats://', 'nats://weir:wrong@'));
    await expect(refused).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('let weir in'),
    });
  });

  test('takes user and password, or a token, from the address', async () => {
    nats = await startNats({ config: 'authorization { user: "we ir", password: "p@ss" }' });
    const address = nats.url.replace('nats://', '');
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

  test('refuses a server that takes no message as large as weir writes, and says what to do', async () => {
    nats = await startNats({ config: 'max_payload: 262144' });
    await expect(open(nats.url)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/256 KiB.*max_payload.*1 MiB/),
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

  test('refuses to ask for more room than the server has, and says how much it is and what to do', async () => {
    nats = await startNats({ jetstream: { maxFileStoreBytes: 10 * 1024 ** 3 } });
    await expect(open(nats.url, sized(24))).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/SIGNALS .* reserves 23\.5 GiB.*max_file_store.*retention\.maxBytes/),
    });
  });

  test('fits into the room it is told, also where it had more', async () => {
    nats = await startNats({ jetstream: { maxFileStoreBytes: 24 * 1024 ** 3 } });
    const { url } = nats;
    const reserved = async (gib: number) => {
      const log = await open(url, sized(gib));
      await log.kv.put('key', Buffer.from('value'), 0);
      await log.close();
      const nc = await connect({ servers: url });
      const streams = await (await jetstreamManager(nc)).streams.list().next();
      await nc.close();
      return streams.reduce((sum, { config }) => sum + config.max_bytes, 0) / 1024 ** 3;
    };
    expect(await reserved(24)).toBeCloseTo(23.5);
    expect(await reserved(1)).toBeCloseTo(23.5 / 24);
  });
});

test('a daemon that waits for its log stops as any other when it is told to', async () => {
  const { company } = simulate({ seed: '7', scenario: 'calm', count: 1, end: Date.UTC(2026, 5, 30) });
  const daemon = await createDaemon({ company, natsUrl: `nats://127.0.0.1:${await freePort()}` });
  onTestFinished(() => daemon.dispose());
  await daemon.launch();
  const said = () => daemon.lines.map(({ msg }) => msg);
  await until('it waits', () => said().some((text) => text.includes('The log cannot be reached')));
  expect(await daemon.stop()).toBe(0);
  expect(said().slice(-2)).toEqual(['Stops: finishes what is in flight', 'Stopped']);
});
