import { describe, expect, test } from 'vitest';
import { decide, decideCommand, fold } from '../../src/alerts/lifecycle.ts';
import { type Alert, type AlertCommand, type AlertObservation, type AlertTransition } from '../../src/core/alert.ts';
import { at, cleared, expired, raised, transitionOf } from '../support/alerts.ts';
import { command } from './facts.ts';

const after = (...observations: readonly AlertObservation[]): Alert | undefined =>
  observations.reduce<Alert | undefined>((alert, observation) => {
    const decision = decide(alert, observation, false);
    return decision.kind === 'transition' ? fold(alert, decision.transition) : alert;
  }, undefined);

const opened = transitionOf(undefined, raised({ position: 1 })).alert;

const commanded = (alert: Alert, parts: Partial<AlertCommand> = {}): AlertTransition => {
  const decision = decideCommand(alert, command(parts));
  if (decision.kind !== 'transition') throw new Error(decision.kind);
  return decision.transition;
};

describe('what pipelines see', () => {
  test('seen for the first time: it opens, version 1 of episode 1, and says who, when, why and what for', () => {
    const transition = transitionOf(undefined, raised({ position: 7, count: 3 }));
    expect(transition).toMatchObject({
      transition: 'opened',
      by: 'pipeline:customer-health',
      why: 'first seen',
      at: at(7),
      cause: 'event-7-0',
      receivedAt: at(7),
      alert: { status: 'open', version: 1, episode: 1, count: 3, openedAt: at(7), lastSeenAt: at(7), lastPosition: 7 },
    });
  });

  test('seen again while open: the same episode, one version more, counted, with what it says now', () => {
    const { transition, why, alert } = transitionOf(
      opened,
      raised({ position: 2, count: 4, content: { title: 'Worse' } }),
    );
    expect({ transition, why }).toEqual({ transition: 'updated', why: 'seen again' });
    expect(alert).toMatchObject({
      status: 'open',
      version: 2,
      episode: 1,
      count: 5,
      title: 'Worse',
      openedAt: at(1),
      lastSeenAt: at(2),
    });
  });

  test('an acknowledged alert stays so when it is seen again, and is open again when it got worse', () => {
    const taken = commanded(opened).alert;
    expect(transitionOf(taken, raised({ position: 2 })).alert).toMatchObject({
      status: 'acknowledged',
      acknowledgedAt: at(100),
    });
    const milder = transitionOf(taken, raised({ position: 2, content: { severity: 'info' } }));
    expect(milder).toMatchObject({
      why: 'fell from warning to info',
      alert: { status: 'acknowledged', severity: 'info' },
    });
    const worse = transitionOf(taken, raised({ position: 2, content: { severity: 'critical' } }));
    expect(worse).toMatchObject({
      transition: 'updated',
      why: 'rose from warning to critical',
      alert: { status: 'open', acknowledgedAt: null, severity: 'critical' },
    });
  });

  test.each([
    ['cleared', cleared({ position: 2 }), 'resolved', 'they are happy again'],
    ['expired', expired({ position: 2 }), 'expired', 'not seen for 14d'],
  ])(
    '%s: it is resolved, and seen after that it opens as the next episode of the same alert',
    (_, end, transition, why) => {
      const ended = transitionOf(opened, end);
      expect(ended).toMatchObject({
        transition,
        why,
        alert: { status: 'resolved', resolvedAt: at(2), version: 2, episode: 1 },
      });
      expect(transitionOf(ended.alert, raised({ position: 3 }))).toMatchObject({
        transition: 'opened',
        why: 'seen again, episode 2',
        alert: { id: opened.id, status: 'open', version: 3, episode: 2, count: 1, openedAt: at(3), resolvedAt: null },
      });
    },
  );

  test('what lies at or before the last position and ordinal changes nothing', () => {
    const twice = after(
      raised({ position: 5 }),
      expired({ position: 9, ordinal: 0 }),
      raised({ position: 9, ordinal: 1 }),
    );
    expect(twice).toMatchObject({ status: 'open', episode: 2, version: 3, lastPosition: 9, lastOrdinal: 1 });
    for (const again of [raised({ position: 5 }), expired({ position: 9 }), raised({ position: 9, ordinal: 1 })]) {
      expect(decide(twice, again, false)).toEqual({ kind: 'ignore', reason: 'already-applied' });
    }
  });

  test('there is nothing to clear or expire in what is not open', () => {
    const resolved = after(raised({ position: 1 }), cleared({ position: 2 }));
    for (const alert of [undefined, resolved]) {
      expect(decide(alert, cleared({ position: 3 }), false)).toEqual({ kind: 'ignore', reason: 'not-open' });
      expect(decide(alert, expired({ position: 3 }), false)).toEqual({ kind: 'ignore', reason: 'not-open' });
    }
  });

  test('what is older than the log keeps alerts does not give birth to one, and still changes one that lives', () => {
    expect(decide(undefined, raised({ position: 1 }), true)).toEqual({ kind: 'ignore', reason: 'forgotten' });
    expect(decide(opened, raised({ position: 2 }), true).kind).toBe('transition');
  });
});

describe('what people ask', () => {
  test('acknowledge: it says who, when and why, and keeps the position', () => {
    expect(commanded(opened)).toMatchObject({
      transition: 'acknowledged',
      by: 'ada',
      why: 'on it',
      at: at(100),
      alert: { status: 'acknowledged', acknowledgedAt: at(100), version: 2, episode: 1, lastPosition: 1 },
    });
  });

  test('resolve: from open and from acknowledged', () => {
    for (const alert of [opened, commanded(opened).alert]) {
      expect(commanded(alert, { kind: 'resolve' }).alert).toMatchObject({ status: 'resolved', resolvedAt: at(100) });
    }
  });

  test('asked twice it is so already', () => {
    for (const kind of ['acknowledge', 'resolve'] as const) {
      const { alert } = commanded(opened, { kind });
      expect(decideCommand(alert, command({ kind }))).toEqual({ kind: 'already-so', alert });
    }
  });

  test('an alert that was seen again in the same episode is still the one they saw', () => {
    const seenAgain = transitionOf(opened, raised({ position: 2 })).alert;
    expect(commanded(seenAgain, { version: 1 }).alert).toMatchObject({ status: 'acknowledged', version: 3 });
  });

  test('another episode, a version that is not yet, and taking what is resolved are conflicts', () => {
    const reopened = after(raised({ position: 1 }), cleared({ position: 2 }), raised({ position: 3 })) ?? opened;
    const resolved = commanded(opened, { kind: 'resolve' }).alert;
    expect(decideCommand(reopened, command())).toMatchObject({ kind: 'conflict' });
    expect(decideCommand(opened, command({ version: 2 }))).toMatchObject({ kind: 'conflict' });
    expect(decideCommand(resolved, command())).toMatchObject({ kind: 'conflict' });
  });
});
