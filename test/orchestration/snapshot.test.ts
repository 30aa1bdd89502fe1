import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { unlearnt } from '../../src/orchestration/pool.ts';
import { createRunsReader } from '../../src/orchestration/reader.ts';
import { createRegister } from '../../src/orchestration/register.ts';
import { encodeSaid } from '../../src/orchestration/said.ts';
import { createRunsSnapshots, memoryOf } from '../../src/orchestration/snapshot.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aCard, aSkill } from './a-card.ts';
import { begun, choiceOf, completed, failed, over, reported } from './support/facts.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const cards = ['a', 'b'].map((name) => aCard(name, [aSkill('churn')]));

type Line = readonly [org: string, run: string, ...facts: Fact[]];

async function record(log: Log, lines: readonly Line[]): Promise<void> {
  for (const [org, run, ...facts] of lines) {
    await log.append({ stream: 'RUNS', subject: subjects.run(org, run), data: encodeEntry(clock.now(), facts) });
  }
}

interface DaemonOptions {
  readonly agents?: string;
  readonly withSnapshots?: boolean;
}

/** What a daemon knows that has read all there is. */
async function daemonOn(log: Log, { agents = 'these', withSnapshots = true }: DaemonOptions = {}) {
  const pool = unlearnt(cards);
  const register = createRegister(() => true);
  const passedBy: string[] = [];
  const seen: number[] = [];
  const reader = createRunsReader({
    log,
    see(told) {
      seen.push(told.sequence);
      if (told.kind === 'said') return pool.sawSaid(told.org, told.said, told.sequence, told.at);
      register.saw(told.org, told.run, told.entry, told.sequence);
      pool.sawEntry(told.org, told.run, told.entry, told.sequence);
    },
    ...(withSnapshots && {
      snapshots: {
        ...createRunsSnapshots(log, agents),
        memory: memoryOf(pool, register),
        happened: {
          runsSnapshotPassedBy: (why) => passedBy.push(why),
          runsSnapshotWritten: () => undefined,
          runsSnapshotFailed: (error) => expect.unreachable(String(error)),
        },
      },
    }),
    happened: { runsPassedOver: (_, error) => expect.unreachable(String(error)) },
    failed: (error) => expect.unreachable(String(error)),
  });
  await reader.start();
  await until('all is read', () => reader.complete());
  const answers = () => ({
    learnt: pool.all(),
    models: ['acme', 'globex'].map((org) => [pool.model(org), pool.suggestions(org), pool.agents(org)]),
    lists: ['acme', 'globex'].map((org) => register.list({ org, limit: 100 })),
  });
  return { reader, answers, passedBy, seen };
}

/** A daemon that begins, reads all there is, and stops as it should. */
async function passing(log: Log, options?: DaemonOptions) {
  const daemon = await daemonOn(log, options);
  await daemon.reader.stop();
  return daemon;
}

const done = (run: string, agent: string): readonly Line[] => [
  ['acme', run, ...begun(run, choiceOf(agent))],
  ['acme', run, ...over(true, 250, 0.5)],
];

const line: fc.Arbitrary<Line> = fc
  .tuple(
    fc.constantFrom('acme', 'globex'),
    fc.constantFrom('r1', 'r2', 'r3'),
    fc.constantFrom('a', 'b'),
    fc.constantFrom('begun', 'reported', 'failed', 'completed', 'all'),
  )
  .map(([org, run, agent, what]): Line => {
    const id = `${org}-${run}`;
    if (what === 'begun') return [org, id, ...begun(id, choiceOf(agent))];
    if (what === 'reported') return [org, id, reported('churn')];
    if (what === 'failed') return [org, id, failed('churn', 'transient')];
    return what === 'completed' ? [org, id, completed] : [org, id, ...begun(id, choiceOf(agent)), ...over(true, 1, 0)];
  });
const lines = fc.array(line, { maxLength: 12 });

test('whatever runs told, and whenever daemons stopped: what is known after a start is the same with snapshots and without', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { maxLength: 4 }), lines, async (before, after) => {
      const log = createMemoryLog(clock);
      for (const each of before) {
        await record(log, each);
        await passing(log);
      }
      await record(log, after);
      const [with_, without] = [await passing(log), await passing(log, { withSnapshots: false })];
      expect(with_.answers()).toEqual(without.answers());
      expect(with_.seen).toHaveLength(after.length);
      expect(with_.passedBy).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('what was told beside runs is not told twice', async () => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  const said = { said: 'release', version: 0, by: 'ann', why: 'it is odd', at: '2026-06-01T00:00:00.000Z' } as const;
  await log.append({ stream: 'RUNS', subject: subjects.lessons('acme'), data: encodeSaid(said) });
  await passing(log);
  const again = await passing(log);
  expect(again.seen).toEqual([]);
  expect(again.answers()).toEqual((await passing(log, { withSnapshots: false })).answers());
});

const spoilt: readonly (readonly [string, string, (log: MemoryLog) => Promise<unknown>])[] = [
  [
    'of another format',
    'other-format',
    async (log) => {
      const held = await log.kv.get('runs.snapshot.these');
      const manifest = { ...JSON.parse(Buffer.from(held?.value ?? []).toString('utf8')), format: 0 };
      await log.kv.put('runs.snapshot.these', Buffer.from(JSON.stringify(manifest)), held?.revision ?? 0);
    },
  ],
  ['that lacks a part', 'incomplete', (log) => log.blobs.delete('runs.snapshot.these.acme')],
  [
    'of which a part cannot be read',
    'incomplete',
    (log) => log.blobs.put('runs.snapshot.these.acme', Buffer.from('torn')),
  ],
  [
    'that cannot be read',
    'other-format',
    async (log) => {
      const held = await log.kv.get('runs.snapshot.these');
      await log.kv.put('runs.snapshot.these', Buffer.from('torn'), held?.revision ?? 0);
    },
  ],
  ['of a log that was restored to an earlier state', 'cut', async (log) => log.cut('RUNS', 1)],
  ['of another log', 'other-log', async (log) => log.recreate('RUNS')],
];

test.each(spoilt)('a snapshot %s is passed by and told, and all is read', async (_, why, spoil) => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  await passing(log);
  await spoil(log);
  const { passedBy, answers } = await passing(log);
  expect(passedBy).toEqual([why]);
  expect(answers()).toEqual((await passing(log, { withSnapshots: false })).answers());
});

test('a snapshot is passed by where retention took what came after it: nobody knows which of its runs have ended', async () => {
  const log = createMemoryLog(clock);
  await record(log, [['acme', 'r', ...begun('r', choiceOf('a'))]]);
  await passing(log);
  await record(log, [['acme', 'r', ...over(true, 250, 0.5)], ...done('s', 'b'), ...done('t', 'b')]);
  await log.trim('RUNS', 3);
  const { passedBy, answers } = await passing(log);
  expect(passedBy).toEqual(['trimmed']);
  expect(answers()).toEqual((await passing(log, { withSnapshots: false })).answers());
});

test('a snapshot of other agents is passed by and told', async () => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  await passing(log, { agents: 'those' });
  const { passedBy, seen } = await passing(log);
  expect(passedBy).toEqual(['other-agents']);
  expect(seen).toEqual([1, 2]);
});

test('daemons with other agents keep snapshots of their own, and each begins with its own', async () => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  for (const agents of ['these', 'those']) await passing(log, { agents });
  await record(log, done('s', 'b'));
  for (const agents of ['these', 'those', 'these', 'those']) {
    const { passedBy, seen } = await passing(log, { agents });
    expect(passedBy).toEqual([]);
    expect(seen.filter((sequence) => sequence < 3)).toEqual([]);
  }
});

test('what was kept of agents that are gone goes: of so many sets alone there are snapshots, the newest, and of none parts', async () => {
  let at = clock.now();
  const log = createMemoryLog({ now: () => at });
  // As an earlier weir kept them, and one that died before its manifest.
  for (const name of ['runs.snapshot.acme', 'runs.snapshot.dead.acme']) await log.blobs.put(name, Buffer.from('old'));
  await log.kv.put('runs.snapshot', Buffer.from('{"format":3}'), 0);
  for (const agents of ['v1', 'v2', 'v3', 'v4', 'v5', 'v6']) {
    at += 1_000;
    await record(log, done(`r-${agents}`, 'a'));
    await passing(log, { agents });
  }
  const kept = ['v3', 'v4', 'v5', 'v6'];
  expect(await log.kv.keys('runs.snapshot')).toEqual(kept.map((agents) => `runs.snapshot.${agents}`));
  expect(await log.blobs.list('runs.snapshot')).toEqual(kept.map((agents) => `runs.snapshot.${agents}.acme`));
});

test('one that tidies up leaves alone what another is about to write for the first time', async () => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  let tidied: Promise<unknown> | undefined;
  const put: Log['blobs']['put'] = async (name, data) => {
    await log.blobs.put(name, data);
    // Another daemon writes and tidies up before there is more than this part.
    if (name.includes('.those.')) await (tidied ??= passing(log, { agents: 'these' }));
  };
  await passing({ ...log, blobs: { ...log.blobs, put } }, { agents: 'those' });
  expect(tidied).toBeDefined();
  const { passedBy, seen } = await passing(log, { agents: 'those' });
  expect([passedBy, seen]).toEqual([[], []]);
});

test('one that tidies up leaves alone what another writes while it does', async () => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  await passing(log, { agents: 'before' });
  let listed = 0;
  const keys: Log['kv']['keys'] = async (start) => {
    const found = await log.kv.keys(start);
    listed += 1;
    // As it starts it looks for others, and then as it tidies up.
    if (listed === 2) await passing(log, { agents: 'those' });
    return found;
  };
  await passing({ ...log, kv: { ...log.kv, keys } }, { agents: 'these' });
  const { passedBy, seen } = await passing(log, { agents: 'those' });
  expect([passedBy, seen]).toEqual([[], []]);
});

test('one whose snapshot another tidied away, as an earlier weir does, writes all of it again', async () => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  await passing(log);
  const daemon = await daemonOn(log);
  await log.kv.delete('runs.snapshot.these');
  await log.blobs.delete('runs.snapshot.these.acme');
  await record(log, [['globex', 's', ...begun('s', choiceOf('a'))]]);
  await until('it is read', () => daemon.seen.length === 1);
  await daemon.reader.stop();
  const { passedBy, seen } = await passing(log);
  expect([passedBy, seen]).toEqual([[], []]);
});

test('where another daemon wrote part of it that is further, nothing is taken twice', async () => {
  const log = createMemoryLog(clock);
  await record(log, done('r', 'a'));
  const behind = await daemonOn(log);
  await record(log, done('s', 'b'));
  await passing(log);
  const newest = await log.blobs.get('runs.snapshot.these.acme');
  const manifest = JSON.stringify({
    format: 6,
    position: { created: (await log.info('RUNS')).created, sequence: 2, storedAt: clock.now() },
    places: { acme: 2 },
  });
  await behind.reader.stop();
  if (newest) await log.blobs.put('runs.snapshot.these.acme', newest);
  await log.kv.put(
    'runs.snapshot.these',
    Buffer.from(manifest),
    (await log.kv.get('runs.snapshot.these'))?.revision ?? 0,
  );
  const { answers, seen } = await passing(log);
  expect(seen).toEqual([]);
  expect(answers()).toEqual((await passing(log, { withSnapshots: false })).answers());
});
