import { expect, test } from 'vitest';
import { clearBoard, createBoard, runsWithBoards } from '../../src/orchestration/board.ts';
import { createMemoryLog } from '../support/memory-log.ts';

const log = createMemoryLog({ now: () => 0 });
const run = 'a'.repeat(32);

test('agents of a run share notes: one who wrote in between is not overwritten, other runs see nothing, and all go at the end', async () => {
  const [one, other] = [createBoard(log, run), createBoard(log, run)];
  const stored = await one.put('who pays/what', { seats: 5 }, 0);
  expect(stored.kind).toBe('stored');
  expect(await other.put('who pays/what', { seats: 6 }, 0)).toEqual({ kind: 'moved' });
  const note = await other.get('who pays/what');
  expect(note?.value).toEqual({ seats: 5 });
  expect(await other.put('who pays/what', { seats: 6 }, note?.revision ?? 0)).toMatchObject({ kind: 'stored' });
  expect(await createBoard(log, 'b'.repeat(32)).get('who pays/what')).toBeUndefined();
  await clearBoard(log, run);
  expect(await one.get('who pays/what')).toBeUndefined();
});

test('which runs have notes is known, so that those of runs that ended unseen can go', async () => {
  const [one, other] = ['c'.repeat(32), 'd'.repeat(32)];
  await createBoard(log, one).put('a', 1, 0);
  await createBoard(log, one).put('b', 1, 0);
  await createBoard(log, other).put('a', 1, 0);
  expect((await runsWithBoards(log)).toSorted()).toEqual([one, other]);
  await clearBoard(log, one);
  expect(await runsWithBoards(log)).toEqual([other]);
});
