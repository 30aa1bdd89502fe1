import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { WeirError } from '../../src/core/errors.ts';
import { checkItem } from '../../src/log/limits.ts';
import type { Log } from '../../src/log/log.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { entriesOf } from '../../src/orchestration/load.ts';
import { replayed } from '../../src/orchestration/replay.ts';
import type { Deciders, Plan, Run } from '../../src/orchestration/run.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep, quick } from './support/reference.ts';
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

test.each(['undone', 'cancelled'])(
  'a run under a run that would be asked with more than the log takes has failed for that one, which takes back what it did: %s',
  async (outcome) => {
    const log = createMemoryLog(systemClock);
    const small: MemoryLog = {
      ...log,
      append: async (message) => {
        const says = (what: string) => Buffer.from(message.data).includes(what);
        const tooLarge = !message.subject.endsWith('.r') && says('"requested"');
        if (tooLarge) throw new WeirError('message-too-large', 'it is too large');
        const appended = await log.append(message);
        const stop = { fact: 'cancel-requested', by: 'ann', why: 'not needed' } as const;
        if (outcome === 'cancelled' && says('"child":"')) await tellRun(log, systemClock, 'acme', 'r', stop);
        return appended;
      },
    };
    const steps = [aStep('before', [], { undo: 'takeBack' }), aStep('a', ['before'], { child: { depth: 1 } })];
    const how = aDecider(aPlan(steps));
    // Nobody else can do it either.
    const select: Deciders['select'] = (wanted) => (wanted.excluded.includes('run') ? undefined : how.select(wanted));
    await rigged({ log: small, how: { ...how, select }, agents: [anAgent('first', () => ({}))] });
    await startRun(log, systemClock, aRequest('r', { limits: { ...quick, unassigned: 0 } }));
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'step-failed', 'a', 1)?.fact).toMatchObject({ fault: 'unfit', detail: 'it is too large' });
    expect(outcomeOf(run)).toBe(outcome);
    expect(factsOf(run, 'step-finished').map(({ fact }) => fact.step)).toEqual(['before', 'undo/before']);
    // Nothing is said to a run that there is not.
    expect(new Set(log.messagesOf('RUNS').map(({ subject }) => subject))).toEqual(new Set(['weir.runs.acme.r']));
  },
);
