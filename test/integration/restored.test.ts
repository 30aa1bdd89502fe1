import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { simulate } from '../../src/simulate/generate.ts';
import { natsMissing } from '../support/nats.ts';
import { outcomeOf, unaccounted } from '../support/outcome.ts';
import { createStage, untilIdle, type Stage } from '../support/stage.ts';
import { storedIn, unstored } from '../support/stored.ts';
import { until } from '../support/until.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const simulation = simulate({ seed: '8', scenario: 'all', count: 1_000, end: Date.UTC(2026, 5, 30) });
/** Requests before the copy was made, and between the copy and the day it is put back. */
const [before, between] = [200, 350];

const missing = natsMissing();
const logs = [
  { log: 'embedded', skipped: undefined, folders: ({ daemon }: Stage) => [join(daemon.data, 'log')] },
  { log: 'jetstream', skipped: missing, folders: ({ nats }: Stage) => (nats ? [nats.dir] : []) },
] as const;

describe.each(logs)(
  'when an old copy of the log ($log) is put back, and store and memory of ids stay',
  ({ log, ...rest }) => {
    test('it is noticed and said, and what the log has forgotten is accepted, scored, alerted and stored again', async ({
      skip,
    }) => {
      if (rest.skipped !== undefined) skip(rest.skipped);
      const stage = await createStage({ log, company: simulation.company });
      undo.push(stage.dispose);
      const putBack = await playAndRestore(stage, rest.folders(stage));
      await putBack();

      const { daemon } = stage;
      await daemon.start();
      expect(daemon.lines).toContainEqual(
        expect.objectContaining({ msg: 'What was seen before is read from the log again', reason: 'cut' }),
      );
      const counts = await stage.play(simulation, { part: [before, Infinity] });
      expect(counts).toMatchObject({ duplicates: 0, accepted: counts.sent });
      await untilIdle(daemon);
      expect(await daemon.stop()).toBe(0);
      const outcome = await stage.withLog(outcomeOf);
      expect(outcome.events.size).toBe(simulation.count);
      expect(outcome.twice).toEqual([]);
      expect(await stage.withLog(unaccounted)).toEqual([]);
      // When agents were done with an alert is not the same again: ClickHouse keeps what the log has forgotten of it, too.
      const stored = await storedIn({ path: join(daemon.data, 'clickhouse') });
      expect(stored.alertsTwice).toEqual([]);
      const faults = unstored(stored, outcome);
      expect(faults.filter((fault) => !/^alert_transitions: \d+ rows are there twice$/.test(fault))).toEqual([]);
    }, 120_000);
  },
);

test.skipIf(missing !== undefined)(
  'when the server comes back with an old log under a running daemon, the daemon says so and ends, and its next start goes on',
  async () => {
    const stage = await createStage({ log: 'jetstream', company: simulation.company });
    undo.push(stage.dispose);
    const { daemon } = stage;
    const putBack = await playAndRestore(stage, stage.nats ? [stage.nats.dir] : []);
    await daemon.start();
    await putBack();

    expect(await daemon.ended()).toBe(1);
    const failed = daemon.lines.filter(({ level, msg }) => level === 'error' && msg === 'weir cannot go on');
    expect(failed).toEqual([expect.objectContaining({ err: expect.objectContaining({ code: 'log-mismatch' }) })]);
    await daemon.start();
    const counts = await stage.play(simulation, { part: [before, Infinity] });
    expect(counts).toMatchObject({ duplicates: 0, accepted: counts.sent });
    await untilIdle(daemon);
    expect(await daemon.stop()).toBe(0);
    expect((await stage.withLog(outcomeOf)).events.size).toBe(simulation.count);
    expect(await stage.withLog(unaccounted)).toEqual([]);
  },
  120_000,
);

test('when old copies of store and memory of ids are put back, and the log stays, what was accepted counts once and what comes is stored', async () => {
  const stage = await createStage({ log: 'embedded', company: simulation.company });
  undo.push(stage.dispose);
  const { daemon } = stage;
  const putBack = await playAndRestore(stage, [join(daemon.data, 'clickhouse'), join(daemon.data, 'seen')]);
  const known = new Set((await stage.withLog(outcomeOf)).events.keys());
  await putBack();

  await daemon.start();
  const again = await stage.play(simulation, { part: [0, between] });
  expect(again).toMatchObject({ accepted: 0, duplicates: again.sent });
  const more = await stage.play(simulation, { part: [between, Infinity] });
  expect(more).toMatchObject({ accepted: more.sent, duplicates: 0 });
  await untilIdle(daemon);
  expect(await daemon.stop()).toBe(0);
  const outcome = await stage.withLog(outcomeOf);
  expect(outcome.events.size).toBe(simulation.count);
  const stored = new Set((await storedIn({ path: join(daemon.data, 'clickhouse') })).tables.events);
  const missing = [...outcome.events.keys()].filter((id) => !known.has(id) && !stored.has(id));
  expect(missing).toEqual([]);
}, 120_000);

/** Plays, copies folders, plays on and stops; what it answers puts the copies in their places. */
async function playAndRestore(stage: Stage, folders: readonly string[]): Promise<() => Promise<void>> {
  const { daemon, nats } = stage;
  const copy = (folder: string) => `${folder}.old`;
  const seenIds = async () => (await daemon.metrics()).get('weir_seen_ids') ?? 0;
  const playPart = async (from: number, to: number) => {
    await daemon.start();
    const known = await seenIds();
    await stage.play(simulation, { part: [from, to] });
    await untilIdle(daemon);
    await until('ids of this part are remembered', async () => (await seenIds()) > known);
    expect(await daemon.stop()).toBe(0);
    await nats?.kill();
  };
  await playPart(0, before);
  for (const folder of folders) cpSync(folder, copy(folder), { recursive: true });
  await nats?.restart();
  await playPart(before, between);
  await nats?.restart();
  return async () => {
    await nats?.kill();
    for (const folder of folders) {
      rmSync(folder, { recursive: true });
      cpSync(copy(folder), folder, { recursive: true });
    }
    await nats?.restart();
  };
}
