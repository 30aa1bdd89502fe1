import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { checkItem } from '../../src/log/limits.ts';
import type { Log } from '../../src/log/log.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { entriesOf } from '../../src/orchestration/load.ts';
import { replayed } from '../../src/orchestration/replay.ts';
import type { Plan, Run } from '../../src/orchestration/run.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep } from './support/reference.ts';
import { untilEnded } from './support/rig.ts';
import { outcomeOf, rigged } from './support/rigged.ts';

describe('work that is too large to be handed to an agent', () => {
  const large = (key: string) => ({ [key]: 'x'.repeat(600_000) });
  const finished = (run: Run) => factsOf(run, 'step-finished').map(({ fact }) => fact.step);
  /** What a replay of the run says. */
  const replayOf = async (log: Log) => replayed(await entriesOf(log, 'acme', 'r'));

  /** A log in memory that takes no more of an item of work than the others do. */
  function strictLog(): MemoryLog {
    const memory = createMemoryLog(systemClock);
    const add: Log['work']['add'] = async (item) => {
      checkItem(item);
      return memory.work.add(item);
    };
    return { ...memory, work: { ...memory.work, add } };
  }

  async function carriedOut(plan: Plan): Promise<Run> {
    const log = strictLog();
    await rigged({ log, how: aDecider(plan), agents: [anAgent('first', large)] });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(await replayOf(log)).toMatchObject({ same: true, differences: [] });
    return run;
  }
  const twoLarge = [aStep('a', [], { undo: 'takeBack' }), aStep('b', ['a'])];

  test('is given up, and what was done before is taken back', async () => {
    const run = await carriedOut(aPlan([...twoLarge, aStep('c', ['b'])]));
    expect(outcomeOf(run)).toBe('undone');
    expect(factOf(run, 'step-given-up', 'c')?.fact.why).toContain('beyond');
    expect(finished(run)).toEqual(['a', 'b', 'undo/a']);
  });

  test('is left out where the run can do without', async () => {
    const run = await carriedOut(aPlan([...twoLarge, aStep('c', ['b'], { optional: true })]));
    expect(outcomeOf(run)).toBe('completed');
    expect(factsOf(run, 'step-skipped').map(({ fact }) => fact.step)).toEqual(['c']);
  });

  test('of taking a step back is left to people, and the run still ends', async () => {
    const doubled = anAgent('first', () => ({ found: 'x'.repeat(600_000) }));
    const log = strictLog();
    const refusing = anAgent('second', () => {
      throw new AgentFault('refused', 'no');
    });
    const plan = aPlan([
      aStep('a', [], { undo: 'takeBack' }),
      aStep('b', ['a'], { undo: 'takeBack' }),
      aStep('c', ['b'], { skill: 'other' }),
    ]);
    const how = aDecider(plan);
    const select: typeof how.select = (wanted) =>
      how.select({ ...wanted, excluded: wanted.skill === 'other' ? ['first'] : [] });
    await rigged({ log, how: { ...how, select }, agents: [doubled, refusing] });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('failed');
    const entries = await entriesOf(log, 'acme', 'r');
    const told = entries.flatMap(([{ facts }]) => facts).filter(({ fact }) => fact === 'handed-over');
    expect(told).toMatchObject([{ step: 'undo/b' }]);
    expect(finished(run)).toContain('undo/a');
    expect(await replayOf(log)).toMatchObject({ same: true, differences: [] });
  });
});
