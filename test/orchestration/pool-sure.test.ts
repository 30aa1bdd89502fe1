import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/orchestration/facts.ts';
import { lessonsAVersion } from '../../src/orchestration/learnt.ts';
import type { Said } from '../../src/orchestration/said.ts';
import {
  begun,
  choiceOf,
  completed,
  doing,
  failed,
  over,
  planned,
  reported,
  requested,
  scheduled,
} from './support/facts.ts';
import { aFinding, churned, churnOf, having, sure } from './support/pools.ts';

describe('how sure agents are to be taken', () => {
  const finding = (run: string) =>
    [run, ...begun(run, choiceOf('a')), reported('churn', { insights: [aFinding()] }), completed] as const;

  it('falls when a person denies what rests on their findings, and rises when it is granted', () => {
    const [look, act] = [doing('churn'), doing('act', { needs: ['churn'] })];
    const asked = (fact: 'approval-granted' | 'approval-denied') =>
      having(
        [
          'r',
          requested('r'),
          planned(look, act),
          scheduled('churn', choiceOf('a')),
          reported('churn', { insights: [aFinding()] }),
        ],
        ['r', { fact, step: 'act', argumentsHash: '', by: 'ann', why: '' }],
      );
    expect(sure(asked('approval-denied'))).toBeLessThan(0.9);
    expect(sure(asked('approval-granted'))).toBeGreaterThan(0.9);
  });

  describe('in runs under a run', () => {
    const parent = (run: string, depth: number) => ({ parent: { run, depth } });
    const delegated = (step: string, child: string, attempt = 1) => ({
      ...scheduled(step, choiceOf('run'), attempt),
      child,
    });
    const answer = (fact: 'approval-granted' | 'approval-denied', step = 'act'): Fact => ({
      fact,
      step,
      argumentsHash: '',
      by: 'ann',
      why: '',
    });
    const [look, act] = [doing('churn'), doing('act', { needs: ['churn'] })];
    const finds = [planned(look), scheduled('churn', choiceOf('a')), reported('churn', { insights: [aFinding()] })];
    /** A run whose first step is a run of its own, which delegates once more. */
    const twoBelow = (...then: readonly Fact[]) =>
      having(
        ['r', requested('r'), planned(look, act), delegated('churn', 's')],
        ['s', requested('s', parent('r', 1)), planned(look), delegated('churn', 't')],
        ['t', requested('t', parent('s', 2)), ...finds, completed],
        ['s', reported('churn', { insights: [aFinding()] }), completed],
        ['r', ...then],
      );

    it.each([
      ['approval-granted', 1],
      ['approval-denied', -1],
    ] as const)('follows what a person says of what rests on them: %s', (fact, way) => {
      const pool = twoBelow(reported('churn', { insights: [aFinding()] }), answer(fact));
      expect(Math.sign(sure(pool) - 0.9)).toBe(way);
    });

    it('stays where the run under it did not do the step, or the step comes later', () => {
      const instead = [failed('churn', 'transient'), scheduled('churn', choiceOf('b'), 2), reported('churn', {}, 2)];
      expect(sure(twoBelow(...instead, answer('approval-denied')))).toBe(0.9);
      expect(sure(twoBelow(reported('churn'), answer('approval-denied', 'churn')))).toBe(0.9);
    });

    it('follows what a person says, in a run under another, of what rests on what that one had found', () => {
      const pool = having(
        ['r', requested('r'), planned(look, act), scheduled('churn', choiceOf('a'))],
        ['r', reported('churn', { insights: [aFinding()] }), delegated('act', 's')],
        ['s', requested('s', parent('r', 1)), planned(doing('do')), answer('approval-denied', 'do')],
      );
      expect(sure(pool)).toBeLessThan(0.9);
    });
  });

  it('falls when what was to mend it did not', () => {
    const verdicts = (fixed: boolean) => ({ output: { verdicts: [{ entity: 'account:brightloom', fixed }] } });
    const [mend, check] = [doing('mend', { skill: 'remediation' }), doing('check', { skill: 'verification' })];
    const checked = (fixed: boolean) =>
      having(
        [
          'r',
          requested('r'),
          planned(mend),
          scheduled('mend', choiceOf('a')),
          reported('mend', { insights: [aFinding()] }),
          completed,
        ],
        [
          's',
          requested('s'),
          planned(check),
          scheduled('check', choiceOf('b')),
          reported('check', verdicts(fixed)),
          completed,
        ],
      );
    expect(sure(checked(false))).toBeLessThan(0.9);
    expect(sure(checked(true))).toBeGreaterThan(0.9);
  });

  it.each<readonly [string, Said, 'falls' | 'rises' | 'stays']>([
    ['the alert that set it off was noise', verdict(false), 'falls'],
    ['the alert that set it off was useful', verdict(true), 'rises'],
    ['an alert of another pipeline was noise', { ...verdict(false), pipeline: 'finance' }, 'stays'],
    ['the customer left', churned(true, '2026-06-20'), 'rises'],
    ['the customer has stayed for two months', churned(false, '2026-08-10'), 'falls'],
    ['the customer is still there after a month', churned(false, '2026-07-01'), 'stays'],
    ['the customer left half a year later', churned(true, '2026-12-01'), 'falls'],
    ['the customer is said to stay after a month', { ...churned(false, '2026-07-01'), told: true }, 'falls'],
    ['another customer left', { ...churned(true, '2026-06-20'), entity: 'account:other' }, 'stays'],
  ])('follows what came: when %s', (_, said, how) => {
    const pool = having(finding('r'));
    pool.sawSaid('acme', said, 50, 0);
    const change = Math.sign(sure(pool) - 0.9);
    expect(change).toBe({ falls: -1, rises: 1, stays: 0 }[how]);
    // Each finding is judged once.
    const after = sure(pool);
    pool.sawSaid('acme', said, 51, 0);
    expect(sure(pool)).toBe(after);
  });

  it.each([true, false])(
    'follows what people say of the alert in runs under the run it caused, too: useful %s',
    (useful) => {
      const parent = { run: 'r', depth: 2, first: { by: 'pipeline:customer-health', kind: 'customer_health' } };
      const below = having([
        's',
        requested('s', { by: 'run:r', kind: 'skill:churn', parent }),
        planned(doing('churn')),
        scheduled('churn', choiceOf('a')),
        reported('churn', { insights: [aFinding()] }),
        completed,
      ]);
      below.sawSaid('acme', verdict(useful), 50, 0);
      expect(Math.sign(sure(below) - 0.9)).toBe(useful ? 1 : -1);
    },
  );

  function verdict(useful: boolean) {
    const of = { entity: 'account:brightloom', pipeline: 'customer-health' };
    return { said: 'verdict', ...of, useful, time: '2026-06-02T00:00:00.000Z' } as const;
  }
});

describe('the way back', () => {
  it('is to a version that is kept, by a word in the log, until the latest is asked for', () => {
    const entries = Array.from(
      { length: lessonsAVersion + 5 },
      (_, run) => [String(run), ...begun(String(run), choiceOf('a')), ...over(run < lessonsAVersion, 10, 0)] as const,
    );
    const pool = having(...entries);
    const release = (version: number | 'latest', place: number) => {
      const at = '2026-06-01T00:00:00.000Z';
      pool.sawSaid('acme', { said: 'release', version, by: 'ann', why: 'it was better', at }, place, 0);
    };
    expect(pool.model('acme')).toMatchObject({ name: 'agent_selection', judging: { version: 2, pinned: false } });
    expect(churnOf(pool, 'a').failures).toBeGreaterThan(4);
    release(1, 10_000);
    expect(churnOf(pool, 'a').failures).toBe(0);
    expect(pool.model('acme')).toMatchObject({ judging: { version: 1, pinned: true }, releases: [{ by: 'ann' }] });
    release(0, 10_001);
    expect(pool.known('acme').posteriors).toEqual({});
    release('latest', 10_002);
    expect(churnOf(pool, 'a').failures).toBeGreaterThan(4);
    expect(() => pool.mustKeep('acme', 7)).toThrow('Version 7 of agent_selection is not kept');
  });
});
