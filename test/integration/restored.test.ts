import { cpSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { simulate } from '../../src/simulate/generate.ts';
import { natsMissing } from '../support/nats.ts';
import { outcomeOf, unaccounted } from '../support/outcome.ts';
import { createStage, untilIdle, withoutRuns, type Stage } from '../support/stage.ts';
import { storedIn, unstored } from '../support/stored.ts';
import { until } from '../support/until.ts';

const simulation = simulate({ seed: '8', scenario: 'all', count: 700, end: Date.UTC(2026, 5, 30) });
/** Requests before the copy was made, and between the copy and the day it is put back. */
const [before, between] = [150, 260];
const missing = natsMissing();

describe('when an old copy is put back, with the embedded log', () => {
  const lived = createLife('embedded');
  afterAll(lived.dispose);

  test('of the log, and store and memory of ids stay, it is noticed and said, and what the log has forgotten is accepted, scored, alerted and stored again', async () => {
    const life = await lived.again();
    await life.putBack(join(life.stage.daemon.data, 'log'));
    await expectForgottenComesAgain(life.stage);
  }, 180_000);

  test('of store and memory of ids, and the log stays, what was accepted counts once and what comes is stored', async () => {
    const { stage, putBack } = await lived.again();
    const { daemon } = stage;
    const known = new Set((await stage.withLog(outcomeOf)).events.keys());
    await putBack(join(daemon.data, 'clickhouse'), join(daemon.data, 'seen'));

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
  }, 180_000);
});

describe.skipIf(missing !== undefined)(
  `when an old copy is put back, with the log on JetStream ${missing ?? ''}`,
  () => {
    const lived = createLife('jetstream');
    afterAll(lived.dispose);
    const server = ({ nats }: Stage) => nats?.dir ?? '';

    test('of the log, and store and memory of ids stay, it is noticed and said, and what the log has forgotten is accepted, scored, alerted and stored again', async () => {
      const life = await lived.again();
      await life.putBack(server(life.stage));
      await expectForgottenComesAgain(life.stage);
    }, 180_000);

    test('of the log under a running daemon, the daemon says so and ends, and its next start goes on', async () => {
      const { stage, putBack } = await lived.again();
      const { daemon } = stage;
      await daemon.start();
      const ended = daemon.ended();
      await putBack(server(stage));

      expect(await ended).toBe(1);
      const failed = daemon.lines.filter(({ level, msg }) => level === 'error' && msg === 'weir cannot go on');
      expect(failed).toEqual([expect.objectContaining({ err: expect.objectContaining({ code: 'log-mismatch' }) })]);
      await daemon.start();
      const counts = await stage.play(simulation, { part: [before, Infinity] });
      expect(counts).toMatchObject({ duplicates: 0, accepted: counts.sent });
      await untilIdle(daemon);
      expect(await daemon.stop()).toBe(0);
      expect((await stage.withLog(outcomeOf)).events.size).toBe(simulation.count);
      expect(await stage.withLog(unaccounted)).toEqual([]);
    }, 180_000);
  },
);

/** Of a daemon whose log was put back, while store and memory of ids stayed. */
async function expectForgottenComesAgain(stage: Stage): Promise<void> {
  const { daemon } = stage;
  const saidBefore = daemon.lines.length;
  await daemon.start();
  expect(daemon.lines.slice(saidBefore)).toContainEqual(
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
  expect(unstored(await storedIn({ path: join(daemon.data, 'clickhouse') }), outcome)).toEqual([]);
}

/** A daemon that has lived through both parts, with copies of its folders from after the first and after the second. */
interface Life {
  readonly stage: Stage;
  /** Folders become what they were after the first part; the server, if there is one, is started again. */
  putBack(...folders: readonly string[]): Promise<void>;
}

/** One life, from whose end each test goes on: it is lived once, and its folders are put back for the next. */
function createLife(log: 'embedded' | 'jetstream') {
  let living: Promise<Life> | undefined;
  let stage: Stage | undefined;

  async function live(): Promise<Life> {
    // When agents are done with an alert is not the same again: ClickHouse would keep what the log has forgotten of it, too.
    const lived = await createStage({ log, company: simulation.company, config: withoutRuns });
    stage = lived;
    const { daemon, nats } = lived;
    const folders = foldersOf(lived);
    const playPart = async (from: number, to: number) => {
      await lived.play(simulation, { part: [from, to] });
      await untilIdle(daemon);
      // All: with fewer, the memory of ids might know nothing that the log's copy has forgotten.
      await until('all ids are remembered', async () => allRemembered(await daemon.metrics()));
    };
    await daemon.start();
    await playPart(0, before);
    // All have what they wait for, and nobody writes: as if both had been killed here.
    daemon.pause();
    for (const folder of folders) copy(folder, `${folder}.old`);
    daemon.resume();
    await playPart(before, between);
    expect(await daemon.stop()).toBe(0);
    await nats?.kill();
    for (const folder of folders) copy(folder, `${folder}.new`);
    return {
      stage: lived,
      async putBack(...which) {
        await nats?.kill();
        for (const folder of which) {
          const home = folders.find((each) => folder.startsWith(each)) ?? folder;
          copy(join(`${home}.old`, relative(home, folder)), folder);
        }
        await nats?.restart();
      },
    };
  }

  return {
    /** The daemon does not run; everything is as it was after the second part. */
    async again(): Promise<Life> {
      const life = await (living ??= live());
      const { nats, daemon } = life.stage;
      await daemon.kill();
      await nats?.kill();
      for (const folder of foldersOf(life.stage)) copy(`${folder}.new`, folder);
      await nats?.restart();
      return life;
    },
    async dispose(): Promise<void> {
      await stage?.dispose();
    },
  };
}

/** Whether each stored event's id is remembered, of all whose sources repeat: those of metrics do not. */
function allRemembered(figures: ReadonlyMap<string, number>): boolean {
  const stored = [...figures].filter(([name]) => /^weir_intake_events_total\{.*"stored"/.test(name));
  const repeated = stored.filter(([name]) => !name.includes('source="metrics"'));
  return figures.get('weir_seen_ids') === repeated.reduce((sum, [, count]) => sum + count, 0);
}

const foldersOf = ({ daemon, nats }: Stage): readonly string[] => [daemon.data, ...(nats ? [nats.dir] : [])];

function copy(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
