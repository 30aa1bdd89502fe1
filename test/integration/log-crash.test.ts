import { cpSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isWeirError } from '../../src/core/errors.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import type { Log, LogHappenings } from '../../src/log/log.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import { range, take, textOf } from '../support/log.ts';
import { natsMissing, startNats } from '../support/nats.ts';
import { kill, startAppender } from '../support/appending.ts';
import { newFolder } from '../support/folder.ts';

const quiet: LogHappenings = { logDisconnected: () => undefined, logReconnected: () => undefined };

const definitions = streamDefinitions();

const missing = natsMissing();

describe('the embedded log', () => {
  const open = (path: string) =>
    createEmbeddedLog({ path, definitions, clock: { now: () => Date.now() }, happened: quiet });

  test('holds every acknowledged append after its process was killed, again and again', async () => {
    const path = newFolder();
    const acknowledged = new Map<number, string>();
    for (const round of range(1, 3)) {
      await appendThenKill('embedded', path, `round-${round}`, acknowledged);
      const log = await open(path);
      await expectAll(log, acknowledged);
      await log.close();
    }
  });

  test('belongs to one process: a second is refused by name while the first lives, and not after its death', async () => {
    const path = newFolder();
    const { child } = await startAppender('embedded', path, 'owner', 1);
    await expect(open(path)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(`process ${child.pid}`),
    });
    await kill(child);
    const log = await open(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'config-invalid' });
    await log.close();
    await (await open(path)).close();
  });
});

describe.skipIf(missing !== undefined)(`the log on JetStream${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('holds every acknowledged append after the appending process was killed', async () => {
    const nats = await startServer();
    const acknowledged = new Map<number, string>();
    for (const round of range(1, 2)) await appendThenKill('jetstream', nats.url, `round-${round}`, acknowledged);
    await expectAll(await openJetStream(nats.url, quiet), acknowledged);
  });

  test('goes on by itself when the server is killed and comes back: nothing acknowledged is lost, nothing read twice', async () => {
    const nats = await startServer();
    const told: string[] = [];
    const log = await openJetStream(nats.url, {
      logDisconnected: () => void told.push('disconnected'),
      logReconnected: () => void told.push('reconnected'),
    });
    const reader = log.read('EVENTS', { after: 0, maxMessages: 50 });
    const acknowledged = new Map<number, string>();
    let appending = true;
    const working = Promise.all(range(1, 8).map((worker) => appendWhile(() => appending, log, worker, acknowledged)));

    const read = await take(reader, 300);
    for (const round of range(1, 3)) {
      await nats.kill();
      await expect.poll(() => log.healthy()).toBe(false);
      await nats.restart();
      await expect.poll(() => log.healthy()).toBe(true);
      read.push(...(await take(reader, 300)));
      expect(told).toEqual(range(1, round).flatMap(() => ['disconnected', 'reconnected']));
    }
    appending = false;
    await working;

    const { lastSequence } = await log.info('EVENTS');
    read.push(...(await take(reader, lastSequence - read.length)));
    expect(read.map(({ sequence }) => sequence)).toEqual(range(1, lastSequence));
    const texts = new Map(read.map((message) => [message.sequence, textOf(message)]));
    for (const [sequence, id] of acknowledged) expect(texts.get(sequence)).toBe(id);
    expect(new Set(texts.values()).size).toBe(read.length);
  });

  test('refuses what is asked while the server is away, and a reader that is waiting waits on', async () => {
    const nats = await startServer();
    const log = await openJetStream(nats.url, quiet);
    const reading = log.read('EVENTS', { after: 0, maxMessages: 10 }).next();
    await nats.kill();
    const message = { stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data: Buffer.from('a') } as const;
    const refused = { code: 'log-unavailable', retriable: true };
    await Promise.all([
      expect(log.append(message)).rejects.toMatchObject(refused),
      expect(log.info('EVENTS')).rejects.toMatchObject(refused),
      expect(log.kv.get('k')).rejects.toMatchObject(refused),
      expect(log.blobs.get('b')).rejects.toMatchObject(refused),
    ]);
    await nats.restart();
    await expect.poll(() => log.healthy()).toBe(true);
    await log.append({ ...message, data: Buffer.from('b') });
    expect((await reading).map(textOf)).toEqual(['b']);
  });

  test('tells a reader whose server came back with an earlier state, which would otherwise skip what is new', async () => {
    const nats = await startServer();
    const log = await openJetStream(nats.url, quiet);
    const append = (text: string) =>
      log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data: Buffer.from(text) });
    await append('kept');
    await nats.kill();
    const saved = newFolder();
    cpSync(nats.dir, saved, { recursive: true });
    await nats.restart();
    await expect.poll(() => log.healthy()).toBe(true);
    await append('forgotten');
    const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
    expect((await take(reader, 2)).map(textOf)).toEqual(['kept', 'forgotten']);

    const next = reader.next();
    const told = expect(next).rejects.toMatchObject({ code: 'log-mismatch' });
    await nats.kill();
    rmSync(nats.dir, { recursive: true });
    cpSync(saved, nats.dir, { recursive: true });
    await nats.restart();
    await told;
  });

  test('tells it, too, when as much came since then as was read before', async () => {
    const nats = await startServer();
    const log = await openJetStream(nats.url, quiet);
    const append = (to: Log, text: string) =>
      to.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data: Buffer.from(text) });
    await append(log, 'kept');
    await nats.kill();
    const saved = newFolder();
    cpSync(nats.dir, saved, { recursive: true });
    await nats.restart();
    await expect.poll(() => log.healthy()).toBe(true);
    await append(log, 'forgotten');
    const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
    expect((await take(reader, 2)).map(textOf)).toEqual(['kept', 'forgotten']);

    const told = expect(reader.next()).rejects.toMatchObject({ code: 'log-mismatch' });
    await nats.kill();
    const elsewhere = await startNats({ dir: saved });
    const other = await openJetStream(elsewhere.url, quiet);
    for (const text of ['skipped', 'new']) await append(other, text);
    await other.close();
    await elsewhere.stop();
    rmSync(nats.dir, { recursive: true });
    cpSync(saved, nats.dir, { recursive: true });
    await nats.restart();
    await told;
  });
});

async function startServer() {
  const nats = await startNats();
  onTestFinished(() => nats.stop());
  return nats;
}

async function openJetStream(url: string, happened: LogHappenings): Promise<Log> {
  const log = await createJetStreamLog({ url, definitions, happened });
  onTestFinished(() => log.close());
  return log;
}

/** Appends, each message again until it is acknowledged, as a webhook's sender would. */
async function appendWhile(
  goOn: () => boolean,
  log: Log,
  worker: number,
  acknowledged: Map<number, string>,
): Promise<void> {
  for (let step = 1; goOn(); step += 1) {
    const id = `${worker}-${step}`;
    const message = { stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data: Buffer.from(id), id } as const;
    for (let kept = false; !kept;) {
      try {
        const appended = await log.append(message);
        if (appended.kind !== 'moved') acknowledged.set(appended.sequence, id);
        kept = true;
      } catch (error) {
        if (!isWeirError(error, 'log-unavailable')) throw error;
      }
    }
  }
}

async function expectAll(log: Log, acknowledged: ReadonlyMap<number, string>): Promise<void> {
  const { lastSequence } = await log.info('EVENTS');
  const reader = log.read('EVENTS', { after: 0, maxMessages: 500 });
  const read = await take(reader, lastSequence);
  await reader.close();
  expect(read.map(({ sequence }) => sequence)).toEqual(range(1, lastSequence));
  const texts = new Map(read.map((message) => [message.sequence, textOf(message)]));
  for (const [sequence, id] of acknowledged) expect(texts.get(sequence)).toBe(id);
}

async function appendThenKill(
  kind: Log['kind'],
  where: string,
  name: string,
  acknowledged: Map<number, string>,
): Promise<void> {
  const { child, said } = await startAppender(kind, where, name, 200);
  await kill(child);
  for (const line of said) {
    const [sequence, id] = line.split(' ');
    if (id?.startsWith(name)) acknowledged.set(Number(sequence), id);
  }
}
