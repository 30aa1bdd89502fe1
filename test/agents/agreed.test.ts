import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agreed, notedOn } from '../../src/agents/shared/agreed.ts';
import type { Board } from '../../src/orchestration/agent.ts';
import { createBoard } from './support/lab.ts';

const says = (by: string, value: string, confidence: number) => ({ by, value, confidence, evidence: 1 });
const hold = (board: Board, note: ReturnType<typeof says>) => agreed(board, 'suspect', note, 'surer-stands');

describe('what agents of a run hold together', () => {
  test('stands by more of them the more say the same, and by one of them however often it says it', async () => {
    const board = createBoard();
    await hold(board, says('a', 'service:db', 0.6));
    await hold(board, says('b', 'service:db', 0.8));
    await hold(board, says('a', 'service:db', 0.6));
    expect(await notedOn(board, 'suspect')).toEqual({
      value: 'service:db',
      by: 'a, b',
      confidence: 0.8,
      evidence: 2,
      holders: 2,
      why: null,
    });
  });

  test('is the surest where they hold different things, whatever the order, and says by which rule', async () => {
    const notes = fc.uniqueArray(
      fc.record({
        by: fc.constantFrom('a', 'b', 'c', 'd'),
        value: fc.constantFrom('x', 'y', 'z'),
        evidence: fc.constant(1),
      }),
      { selector: ({ by }) => by, minLength: 2 },
    );
    await fc.assert(
      fc.asyncProperty(notes, fc.nat(), async (all, turn) => {
        // Each is as sure as no other is.
        const sure = all.map((note, at) => ({ ...note, confidence: (at + 1) / 10 }));
        const order = sure.map((_, at) => sure[(at + turn) % sure.length] ?? sure[0]);
        const board = createBoard();
        for (const note of order) if (note) await hold(board, note);
        const stands = await notedOn(board, 'suspect');
        expect(stands?.value).toBe(sure.at(-1)?.value);
        if (new Set(all.map(({ value }) => value)).size > 1) expect(stands?.why).toContain('confidence');
      }),
    );
  });

  test('is written by compare-and-set: who was slower holds its own against what stands by then', async () => {
    const inner = createBoard();
    let raced = false;
    const board: Board = {
      ...inner,
      async put(name, value, expected) {
        if (!raced) {
          raced = true;
          await hold(inner, says('b', 'service:web', 0.9));
        }
        return inner.put(name, value, expected);
      },
    };
    const stands = await hold(board, says('a', 'service:db', 0.6));
    expect(stands).toMatchObject({ value: 'service:web', by: 'b', why: expect.stringContaining('b stands') });
    expect(await notedOn(inner, 'suspect')).toMatchObject({ value: 'service:web', by: 'b' });
  });

  test('does not wait for ever for a board that takes nothing', async () => {
    const board: Board = { get: async () => undefined, put: async () => ({ kind: 'moved' }) };
    expect(await hold(board, says('a', 'service:db', 0.6))).toMatchObject({ value: 'service:db', by: 'a' });
  });
});
