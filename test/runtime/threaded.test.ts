import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Commit } from '../../src/core/commit.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import { WeirError } from '../../src/core/errors.ts';
import type { OrgSettings } from '../../src/core/settings.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { event } from '../../src/pipeline/cases.ts';
import { defaultSettings } from '../../src/pipeline/define.ts';
import type { Effects } from '../../src/pipeline/effects.ts';
import { defaultLimits } from '../../src/pipeline/state.ts';
import { openPipelineThreads, type PipelineThreads } from '../../src/runtime/threads.ts';
import { newFolder } from '../support/folder.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { nicenessOf } from '../support/niceness.ts';
import { appendEvent, aRuntime, commitsOf, noted } from '../support/runtime.ts';
import { until } from '../support/until.ts';
import counting from './pipelines/counting.ts';

const folder = fileURLToPath(new URL('pipelines', import.meta.url));
const opened: PipelineThreads[] = [];
afterEach(async () => {
  for (const thread of opened.splice(0)) {
    await thread.stop();
    await thread.end();
  }
});

/** The runtime in a thread, over a log and effects that stay here. */
function inAThread(
  log: Log = createMemoryLog(systemClock),
  effects: Effects = { apply: async () => undefined },
  from = folder,
  orgSettings: ReadonlyMap<string, OrgSettings> = new Map(),
) {
  const failures: unknown[] = [];
  const { happened, notes } = noted();
  const scores: number[] = [];
  const runtime = openPipelineThreads({
    log,
    clock: systemClock,
    threads: 2,
    folder: from,
    happened: {
      ...happened,
      committed: ({ made }) => void scores.push(...made.map(({ howMany }) => howMany)),
    },
    partitions: 4,
    limits: defaultLimits,
    settings: defaultSettings,
    orgSettings,
    snapshotEveryMs: 60_000,
    snapshotEveryRecords: 1_000_000,
    idleTimers: false,
    failed: (error) => failures.push(error),
  });
  const reached = (sequence: number) =>
    vi.waitFor(async () => expect((await runtime.stands()).reached.sequence).toBe(sequence), { timeout: 30_000 });
  opened.push(runtime);
  const start = () => runtime.start(effects);
  return { log, runtime, start, reached, failures, notes, scores };
}

const anEvent = (id: string, minute = 0, type = 'note'): StreamEvent =>
  event({
    id,
    type,
    stream: 'custom',
    entity: `account:${minute % 5}`,
    time: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  });
const someEvents = Array.from({ length: 40 }, (_, minute) => anEvent(`e${minute}`, minute));

describe('pipelines in a thread of their own', () => {
  it('say what they would say here', async () => {
    const there = inAThread();
    const here = createMemoryLog(systemClock);
    for (const one of someEvents) for (const log of [there.log, here]) await appendEvent(log, one);

    await there.start();
    await there.reached(someEvents.length);
    const runtime = aRuntime({ log: here, pipelines: [counting] });
    await runtime.start();
    await vi.waitFor(() => expect(runtime.reached().sequence).toBe(someEvents.length));
    await runtime.stop();

    expect(scoresIn(await commitsOf(there.log))).toEqual(scoresIn(await commitsOf(here)));
    expect(there.scores.reduce((sum, each) => sum + each, 0)).toBe(someEvents.length);
  });

  it.skipIf(process.platform !== 'linux')('give way to the door, each of them', async () => {
    const threads = () => readdirSync('/proc/self/task');
    const before = new Set(threads());
    await inAThread().start();
    const behind = threads().filter(
      (thread) => !before.has(thread) && nicenessOf(thread) > nicenessOf(`${process.pid}`),
    );
    expect(behind).toHaveLength(2);
  });

  it('go on where they were stopped, with what they remember', async () => {
    const first = inAThread();
    await appendEvent(first.log, anEvent('first'));
    await first.start();
    await first.reached(1);
    await first.runtime.stop();

    await appendEvent(first.log, anEvent('second'));
    const second = inAThread(first.log);
    await second.start();
    await second.reached(2);
    expect(scoresIn(await commitsOf(first.log)).map(({ value }) => value)).toEqual([1, 2]);
  });

  it('refuse a log of others with the reason it has', async () => {
    const log = createMemoryLog(systemClock);
    await log.kv.put('partitions', Buffer.from('7'), 0);
    const { runtime, failures } = inAThread(log);
    const refused = runtime.start({ apply: async () => undefined });
    await expect(refused).rejects.toBeInstanceOf(WeirError);
    await expect(refused).rejects.toMatchObject({
      code: 'log-mismatch',
      message: expect.stringContaining('7 partitions'),
    });
    expect(failures).toEqual([]);
  });

  describe('with settings of an organisation', () => {
    const some = { settings: { counting: { weight: 2 } }, segmentBy: null, segments: {} };
    const subject = subjects.settings('acme');
    const settingsIn = (log: MemoryLog) => log.messagesOf('EVENTS').filter((message) => message.subject === subject);
    const withSettings = (log: Log) => inAThread(log, undefined, undefined, new Map([['acme', some]]));

    it('tell them once, when no other daemon can commit any more in any partition', async () => {
      const log = createMemoryLog(systemClock);
      const { start, notes } = withSettings(log);
      await start();
      expect(settingsIn(log)).toHaveLength(1);
      const claimed = new Set(log.messagesOf('SIGNALS').map((message) => message.subject));
      expect(claimed).toEqual(new Set([0, 1, 2, 3].map(subjects.signals)));
      expect(notes.filter(([name]) => name === 'settingsChanged')).toHaveLength(1);

      const next = withSettings(log);
      await next.start();
      expect(settingsIn(log)).toHaveLength(1);
    });

    it('tell none where another daemon was faster in one of them', async () => {
      const log = createMemoryLog(systemClock);
      const overtaken: Log = {
        ...log,
        async last(stream, of) {
          const found = await log.last(stream, of);
          const data = Buffer.from(JSON.stringify({ writer: 'another', to: 0 }));
          if (of === subject) await log.append({ stream: 'SIGNALS', subject: subjects.signals(1), data });
          return found;
        },
      };
      const { start, failures } = withSettings(overtaken);
      await start();
      await vi.waitFor(() => expect(failures[0]).toMatchObject({ code: 'fenced' }));
      expect(settingsIn(log)).toEqual([]);
    });

    it('begin, and tell them later, where the log has no room now', async () => {
      const log = createMemoryLog(systemClock);
      log.failAppends('log-full', 'SIGNALS');
      const { start } = withSettings(log);
      await start();
      expect(settingsIn(log)).toEqual([]);
      log.failAppends(undefined);
      await vi.waitFor(() => expect(settingsIn(log)).toHaveLength(1), { timeout: 30_000 });
    });
  });

  it('that end by themselves are a failure the daemon is told of', async () => {
    const { log, runtime, start, failures } = inAThread();
    await start();
    await appendEvent(log, anEvent('last', 0, 'deadly'));
    await vi.waitFor(() => expect(failures).toHaveLength(1), { timeout: 30_000 });
    expect(failures[0]).toMatchObject({
      code: 'internal',
      cause: expect.objectContaining({ message: expect.stringContaining('7') }),
    });
    await expect(runtime.stands()).rejects.toMatchObject({ code: 'internal' });
  });

  it('that never end a turn are said not to answer, and can be ended', async () => {
    const { log, runtime, start, failures } = inAThread();
    await start();
    opened.length = 0;
    await appendEvent(log, anEvent('last', 0, 'endless'));
    await until(async () => {
      const answer: unknown = await runtime.stands().catch((error: unknown) => error);
      return answer instanceof WeirError && answer.code === 'not-ready';
    });
    await runtime.end();
    expect(failures).toEqual([]);
  });

  it('are not begun where one of the folder is none', async () => {
    const broken = newFolder({ 'broken.mjs': 'export default { name: "broken" };' });
    const { runtime } = inAThread(undefined, undefined, broken);
    await expect(runtime.start({ apply: async () => undefined })).rejects.toMatchObject({ code: 'pipeline-invalid' });
  });

  it('wait for effects that do not come, and have them applied in order when they do', async () => {
    const applied: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { log, start, reached, runtime } = inAThread(undefined, {
      async apply({ dead }) {
        await gate;
        applied.push(...dead.map(({ eventId }) => eventId));
      },
    });
    await start();
    const broken = someEvents.map(({ id }) => anEvent(id, 0, 'broken'));
    for (const one of broken) await appendEvent(log, one);
    await until(async () => (await runtime.stands()).unapplied > 0);
    expect((await runtime.stands()).reached.sequence).toBe(0);
    open();
    await reached(broken.length);
    expect(applied).toEqual(broken.map(({ id }) => id));
  });
});

const scoresIn = (commits: readonly Commit[]) =>
  commits.flatMap(({ scores }) => scores).toSorted((a, b) => (a.id < b.id ? -1 : 1));
