import { expect, test } from 'vitest';
import { decodeEntry, encodeEntry } from '../../src/orchestration/facts.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { factOf, factsOf, fold, noRun } from '../../src/orchestration/fold.ts';
import { decide } from '../../src/orchestration/decide.ts';
import { entriesOf } from '../../src/orchestration/load.ts';
import { replayed } from '../../src/orchestration/replay.ts';
import type { Run } from '../../src/orchestration/run.ts';
import { haltOf } from '../../src/orchestration/stop.ts';
import { carriedOut } from './support/carried-out.ts';
import { aDecider, aPlan } from './support/reference.ts';

const undos = ['undo/d', 'undo/b', 'undo/a'];
const why = 'weir made a mistake in it';
const halting = (run: Run) => decodeEntry(encodeEntry(run.at, haltOf(run, why)));
const times = (run: Run, kind: 'step-finished' | 'handed-over', name: string) =>
  factsOf(run, kind).filter(({ fact }) => fact.step === name).length;

test('a run that is halted while it is taken back ends, and names to people all that is not taken back by then', async () => {
  const { log } = await carriedOut(aPlan(), (key) => {
    if (key === 'r/e') throw new AgentFault('refused', 'no');
    return {};
  });
  const entries = await entriesOf(log, 'acme', 'r');
  const handedOver: number[] = [];
  for (let length = 1; length < entries.length; length += 1) {
    const before = entries.slice(0, length);
    const run = before.reduce((read, [entry, sequence]) => fold(read, entry, sequence), noRun);
    if (!factOf(run, 'compensating')) continue;
    const halt = halting(run);
    const ended = fold(run, halt, run.sequence + 1);
    expect(factOf(ended, 'run-ended')?.fact).toMatchObject({ outcome: 'failed', why });
    expect(decide(ended, aDecider(aPlan()))).toEqual([]);
    for (const undo of undos) expect(times(ended, 'step-finished', undo) + times(ended, 'handed-over', undo)).toBe(1);
    expect(replayed([...before, [halt, run.sequence + 1]])).toMatchObject({ same: true, differences: [] });
    handedOver.push(factsOf(ended, 'handed-over').length);
  }
  // At every moment of it: from nothing taken back to all.
  expect(new Set(handedOver)).toEqual(new Set([3, 2, 1, 0]));
});

test('a run that is halted before begins to take back what it did, and a halt of that ends it', async () => {
  const { log } = await carriedOut(aPlan(), () => ({}));
  const entries = (await entriesOf(log, 'acme', 'r')).filter(([{ facts }]) =>
    facts.every(({ fact }) => fact !== 'run-ended' && fact !== 'result-synthesised'),
  );
  const run = entries.reduce((read, [entry, sequence]) => fold(read, entry, sequence), noRun);
  const halted = fold(run, halting(run), run.sequence + 1);
  expect(decide(halted, aDecider(aPlan()))).toMatchObject([{ fact: 'step-scheduled', step: 'undo/d' }]);
  const again = fold(halted, halting(halted), halted.sequence + 1);
  expect(factsOf(again, 'handed-over').map(({ fact }) => fact.step)).toEqual(undos);
  expect(factOf(again, 'run-ended')?.fact.outcome).toBe('failed');
});
