import { afterEach, describe, expect, test } from 'vitest';
import type { AlertTransition } from '../../src/core/alert.ts';
import type { Commit } from '../../src/core/commit.ts';
import type { Log } from '../../src/log/log.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { archivedStreams } from '../../src/store/clickhouse/tables/rewriting.ts';
import { createDaemon } from '../support/daemon.ts';
import { natsMissing } from '../support/nats.ts';
import { jsonOf, outcomeOf, unaccounted } from '../support/outcome.ts';
import { createStage, playTo, untilIdle } from '../support/stage.ts';

const missing = natsMissing();
const simulation = simulate({ seed: '3', scenario: 'all', count: 1_000, end: Date.UTC(2026, 5, 30) });
const { company } = simulation;
const half = 300;

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

describe.skipIf(missing !== undefined)(`two daemons on one NATS${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('one that stood still while the other took over writes nothing more, says it was fenced, and ends', async () => {
    const stage = await createStage({ log: 'jetstream', company });
    undo.push(stage.dispose);
    const { daemon: first, nats } = stage;
    const second = await createDaemon({ company, ...(nats && { natsUrl: nats.url }) });
    undo.push(second.dispose);

    await first.start();
    await stage.play(simulation, { part: [0, half] });
    first.pause();
    await second.start();
    await playTo(second, simulation, { part: [half, Infinity] });
    await untilIdle(second);
    const before = await stage.withLog(stateOf);

    first.resume();
    expect(await first.ended()).toBe(1);
    const said = first.lines.map(({ msg }) => msg);
    expect(said).toContain('Another worker has this partition; this one stops');
    expect(said.filter((msg) => msg === 'Another archive has this stream; this one stops following it')).not.toEqual(
      [],
    );

    await untilIdle(second);
    expect(await second.stop()).toBe(0);
    expect(await stage.withLog(stateOf)).toEqual(before);
    expect(before.writers.size).toBe(2);
    expect((await stage.withLog(outcomeOf)).twice).toEqual([]);
    expect(await stage.withLog(unaccounted)).toEqual([]);
  }, 120_000);
});

/**
 * How long each stream is, and who wrote commits: one start of a daemon is one writer. But for RUNS, and what alerts keep of runs: agents
 * go on with what the commits began, and every daemon may conduct their runs.
 */
async function stateOf(log: Log) {
  const lengths: number[] = [];
  for (const stream of archivedStreams.filter((name) => name !== 'RUNS' && name !== 'ALERTS'))
    lengths.push((await log.info(stream)).lastSequence);
  let transitions = 0;
  for await (const { transition } of jsonOf<AlertTransition>(log, 'ALERTS'))
    if (transition !== 'investigated') transitions += 1;
  lengths.push(transitions);
  const writers = new Set<string | undefined>();
  for await (const { writer } of jsonOf<Commit>(log, 'SIGNALS')) writers.add(writer.split('.')[0]);
  return { lengths, writers };
}
