import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideRun, runsShownMax } from '../../src/alerts/runs.ts';
import type { Alert, AlertRun } from '../../src/core/alert.ts';
import { at } from '../support/alerts.ts';
import { aTransition } from '../support/store.ts';
import { aRun } from './a-run.ts';

const { alert: opened } = aTransition();
const soon = opened.openedAt;

function after(alert: Alert, run: AlertRun, asOf = soon): Alert {
  const decision = decideRun(alert, run, asOf);
  return decision.kind === 'transition' ? decision.transition.alert : alert;
}

describe('an alert that agents looked into', () => {
  test('shows the run, and is otherwise as it was', () => {
    const shown = after(opened, aRun('r1'));
    expect(shown).toEqual({ ...opened, version: 2, runs: [aRun('r1')] });
    expect(decideRun(opened, aRun('r1'), soon)).toMatchObject({
      transition: { transition: 'investigated', by: 'agents', cause: 'r1', at: aRun('r1').endedAt },
    });
  });

  test('shows the same runs in whatever order they are told, and however often', () => {
    const runs = fc.array(fc.tuple(fc.nat(20), fc.nat(5)), { minLength: 1, maxLength: 40 }).map((given) =>
      given.map(([id, second]) => {
        const endedAt = new Date(Date.parse('2026-03-01T10:00:00Z') + (id % 4) * 1_000).toISOString();
        return { run: aRun(`r${id}`, { endedAt }), second };
      }),
    );
    fc.assert(
      fc.property(runs, (told) => {
        const straight = told.reduce((alert, { run }) => after(alert, run), opened);
        const shuffled = told.toSorted((a, b) => a.second - b.second);
        const other = shuffled.reduce((alert, { run }) => after(after(alert, run), run), opened);
        expect(other.runs).toEqual(straight.runs);
        expect(straight.runs?.length).toBeLessThanOrEqual(runsShownMax);
      }),
    );
  });

  test('shows no run that was asked for before it was opened again', () => {
    expect(decideRun({ ...opened, openedAt: at(50) }, aRun('r1'), at(49))).toEqual({
      kind: 'ignore',
      reason: 'other-episode',
    });
  });

  test('that nobody knows is not made by a run', () => {
    expect(decideRun(undefined, aRun('r1'), soon)).toEqual({ kind: 'ignore', reason: 'no-alert' });
  });
});
