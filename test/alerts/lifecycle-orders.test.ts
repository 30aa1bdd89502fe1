import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, decideCommand, fold } from '../../src/alerts/lifecycle.ts';
import { severities, type Alert, type AlertObservation, type AlertTransition } from '../../src/core/alert.ts';
import { alertSchema, alertTransitionSchema, decodeTransition, encodeTransition } from '../../schemas/alert.ts';
import { cleared, expired, raised } from '../support/alerts.ts';
import { command } from './facts.ts';

describe('whatever happens', () => {
  const observation = fc.record({
    kind: fc.constantFrom('raised', 'raised', 'cleared', 'expired'),
    severity: fc.constantFrom(...severities),
    step: fc.integer({ min: 0, max: 3 }),
  });
  const person = fc.record({ kind: fc.constantFrom('acknowledge', 'resolve') });
  const repeat = fc.record({ repeatFrom: fc.nat() });
  const story = fc.array(fc.oneof({ weight: 4, arbitrary: observation }, person, repeat), { maxLength: 60 });

  /** Plays a story; where `repeats`, earlier observations are told again and every command twice. */
  function play(
    parts: readonly (typeof story extends fc.Arbitrary<readonly (infer T)[]> ? T : never)[],
    repeats: boolean,
  ) {
    let alert: Alert | undefined;
    let position = 1;
    let ordinal = 0;
    const told: AlertObservation[] = [];
    const transitions: AlertTransition[] = [];
    const take = (transition: AlertTransition) => {
      transitions.push(transition);
      alert = fold(alert, transition);
    };
    const hear = (each: AlertObservation) => {
      const decision = decide(alert, each, false);
      if (decision.kind === 'transition') take(decision.transition);
    };
    for (const part of parts) {
      if ('step' in part) {
        ordinal = part.step === 0 ? ordinal + 1 : 0;
        position += part.step;
        const place = { position, ordinal };
        const next =
          part.kind === 'raised'
            ? raised({ ...place, content: { severity: part.severity } })
            : part.kind === 'cleared'
              ? cleared(place)
              : expired(place);
        told.push(next);
        hear(next);
      } else if ('repeatFrom' in part) {
        // What a worker does that starts again: everything since some record, in order.
        if (repeats) told.slice(part.repeatFrom % (told.length + 1)).forEach(hear);
      } else if (alert) {
        const { version, episode } = alert;
        const asked = command({ kind: part.kind === 'resolve' ? 'resolve' : 'acknowledge', version, episode });
        for (let time = 0; time < (repeats ? 2 : 1); time++) {
          const decision = decideCommand(alert, asked);
          if (decision.kind === 'transition') take(decision.transition);
        }
      }
    }
    return { alert, transitions };
  }

  test('told again, or asked twice, it comes to the same as once', () => {
    fc.assert(
      fc.property(story, (parts) => {
        expect(play(parts, true)).toEqual(play(parts, false));
      }),
    );
  });

  test('versions rise by one, episodes never fall, and the transitions folded are the alert', () => {
    fc.assert(
      fc.property(story, (parts) => {
        const { alert, transitions } = play(parts, true);
        expect(transitions.map(({ alert }) => alert.version)).toEqual(transitions.map((_, index) => index + 1));
        const episodes = transitions.map(({ alert }) => alert.episode);
        expect(episodes).toEqual(episodes.toSorted((a, b) => a - b));
        for (const [index, { transition }] of transitions.entries()) {
          expect(transition === 'opened').toBe(episodes[index] !== (episodes[index - 1] ?? 0));
        }
        const folded = [...transitions, ...transitions].reduce<Alert | undefined>(fold, undefined);
        expect(folded).toEqual(alert);
      }),
    );
  });

  test('every transition comes back from the log as it was written, and fits its published schema', () => {
    fc.assert(
      fc.property(story, (parts) => {
        for (const transition of play(parts, false).transitions) {
          expect(decodeTransition(encodeTransition(transition))).toEqual(transition);
          expect(alertTransitionSchema.parse(transition)).toEqual(transition);
          expect(alertSchema.parse(transition.alert)).toEqual(transition.alert);
        }
      }),
      { numRuns: 30 },
    );
  });
});
