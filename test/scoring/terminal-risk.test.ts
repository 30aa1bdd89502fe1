import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  reportDelaySeconds,
  terminalReported,
  terminalSeen,
  type Terminal,
} from '../../src/scoring/transaction/terminal.ts';
import { emptyWindows, fadedTo, windowsAfter } from '../../src/scoring/transaction/windows.ts';
import { deepFrozen } from './arbitraries.ts';
import { day, hour } from './transactions.ts';

/** A terminal with a transaction every hour from `from` to `to`, those from `bad` on reported a week later. */
function terminalWith({ to, bad }: { to: number; bad: number }): Terminal {
  let terminal: Terminal = null;
  for (let at = 0; at < to; at += hour) {
    terminal = deepFrozen(terminalSeen(terminal, at).state);
    const paid = at - reportDelaySeconds;
    if (paid >= bad) terminal = deepFrozen(terminalReported(terminal, paid));
  }
  return terminal;
}

const risksAt = (terminal: Terminal, at: number): readonly number[] => terminalSeen(terminal, at).risk.risks;

describe('the risk of a terminal', () => {
  it('is low where nothing is known, and lower where all went well', () => {
    expect(risksAt(null, 0)).toEqual([0.01, 0.01, 0.01]);
    for (const risk of risksAt(terminalWith({ to: 60 * day, bad: Infinity }), 60 * day))
      expect(risk).toBeLessThan(0.01);
  });

  it('knows nothing of frauds younger than the delay, and all of them then', () => {
    const bad = 30 * day;
    const [before] = risksAt(terminalWith({ to: bad + 6.5 * day, bad }), bad + 6.5 * day);
    expect(before).toBeLessThan(0.01);
    const after = risksAt(terminalWith({ to: bad + 10 * day, bad }), bad + 10 * day);
    expect(after[0]).toBeGreaterThan(0.85);
    expect(after[2]).toBeGreaterThan(0.05);
    expect(after[0]).toBeGreaterThan(after[2] ?? 1);
  });

  it('does not count a report before its time, however early it comes', () => {
    let terminal: Terminal = null;
    for (let at = 0; at < 5 * day; at += hour) terminal = terminalReported(terminalSeen(terminal, at).state, at);
    for (const risk of risksAt(terminal, 5 * day)) expect(risk).toBe(0.01);
    expect(risksAt(terminal, 10 * day)[1]).toBeGreaterThan(0.9);
  });

  it('takes a report of something it never saw, or saw too long ago, for nothing', () => {
    expect(terminalReported(null, 5)).toBeNull();
    const terminal = terminalWith({ to: 60 * day, bad: Infinity });
    expect(terminalReported(terminal, 3 * day)).toBe(terminal);
  });

  it('stays below a kilobyte, whatever the traffic and the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 * day }), { maxLength: 400 }), (times) => {
        const last = times.reduce<Terminal>((terminal, at) => terminalSeen(terminal, at).state, null);
        const sorted = times.toSorted((a, b) => a - b);
        const inOrder = sorted.reduce<Terminal>((terminal, at) => terminalSeen(terminal, at).state, null);
        expect(JSON.stringify(inOrder).length).toBeLessThan(1_000);
        expect(JSON.stringify(last).length).toBeLessThan(1_000);
      }),
    );
  });
});

describe('windows', () => {
  it('fade by e in their time, whatever the steps', () => {
    const start = windowsAfter(emptyWindows(0), 0, 8, 80);
    const [, countOfDay] = fadedTo(start, day);
    const [, , , countOfMonth] = fadedTo(start, 30 * day);
    expect(countOfDay).toBeCloseTo(8 / Math.E, 9);
    expect(countOfMonth).toBeCloseTo(8 / Math.E, 9);
    const stepwise = [1, 2, 3, 4].reduce((windows, at) => fadedTo(windows, at * day), start);
    expect(stepwise[5]).toBeCloseTo(fadedTo(start, 4 * day)[5], 9);
    expect(fadedTo(stepwise, day)).toEqual(stepwise);
  });
});
