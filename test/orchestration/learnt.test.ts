import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewOf } from '../../src/orchestration/agent-model.ts';
import { calibrated, calibratedBy, type Calibrations } from '../../src/orchestration/calibration.ts';
import {
  decidingIn,
  learntFrom,
  lessonsAVersion,
  nothingKnown,
  nothingLearnt,
  releasedBy,
  versionsMax,
  type Learnt,
  type Lesson,
} from '../../src/orchestration/learnt.ts';
import { suggestionsFrom, wilsonLower, type PastRun } from '../../src/orchestration/mining.ts';

const lesson = (place: number, succeeded = true): Lesson => ({
  place,
  at: place * 1_000,
  outcomes: [{ subject: 'agent:a/churn', succeeded, latencyMs: 10, money: 0, at: place * 1_000 }],
  findings: [{ agent: 'a', said: 0.9, cameTrue: succeeded }],
});
const taughtUpTo = (lessons: number, from: Learnt = nothingLearnt): Learnt =>
  Array.from({ length: lessons }, (_, index) => lesson(from.place + index + 1)).reduce(learntFrom, from);
const release = (learnt: Learnt, version: number | 'latest') =>
  releasedBy(learnt, {
    place: learnt.place + 1,
    version,
    by: 'ann',
    why: 'it was better',
    at: '2026-06-01T00:00:00.000Z',
  });

describe('what runs have taught', () => {
  it('is the same on replay, and what comes again teaches nothing', () => {
    const lessons = fc.array(fc.tuple(fc.nat(30), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(lessons, (lessons) => {
        const log = lessons
          .map(([place, succeeded]) => lesson(place + 1, succeeded))
          .toSorted((a, b) => a.place - b.place);
        const once = log.reduce(learntFrom, nothingLearnt);
        expect(log.reduce(learntFrom, nothingLearnt)).toEqual(once);
        expect(log.reduce(learntFrom, once)).toEqual(once);
        expect(JSON.parse(JSON.stringify(once))).toEqual(once);
        expect(once.lessons).toBe(new Set(log.map(({ place }) => place)).size);
      }),
    );
  });

  it('has a way back: an earlier version decides until the latest is made to again', () => {
    const learnt = taughtUpTo(2 * lessonsAVersion + 10);
    expect(learnt.versions.map(({ version }) => version)).toEqual([1, 2]);
    expect(decidingIn(learnt)).toBe(learnt.latest);

    const back = taughtUpTo(10, release(learnt, 1));
    expect(decidingIn(back)).toMatchObject({ version: 1, lessons: lessonsAVersion });
    expect(back.lessons).toBe(learnt.lessons + 10);
    expect(decidingIn(release(back, 'latest'))).toEqual(back.latest);
    expect(decidingIn(release(back, 0))).toEqual(nothingKnown);
    expect(decidingIn(release(back, 77))).toEqual(decidingIn(back));
    expect(back.releases).toMatchObject([{ version: 1, by: 'ann', why: 'it was better' }]);
  });

  it('keeps so many versions, and the one that decides among them', () => {
    const pinned = release(taughtUpTo(lessonsAVersion), 1);
    const long = taughtUpTo(lessonsAVersion * (versionsMax + 3), pinned);
    expect(long.versions).toHaveLength(versionsMax);
    expect(decidingIn(long)).toMatchObject({ version: 1 });
  });
});

it('shows what came true of findings, not how many tasks succeeded', () => {
  const more = { ...lesson(1), outcomes: [...lesson(1).outcomes, ...lesson(1).outcomes] };
  const shown = viewOf([more, lesson(2, false)].reduce(learntFrom, nothingLearnt));
  expect(shown.examples).toBe(2);
  expect(shown.learned.outcomes.positive).toBeCloseTo(1, 1);
  expect(shown.learned.outcomes.negative).toBeCloseTo(1, 1);
});

describe('how sure an agent is', () => {
  const after = (said: number, came: readonly boolean[]): Calibrations =>
    came.reduce<Calibrations>((all, cameTrue) => calibratedBy(all, { agent: 'a', said, cameTrue }), {});

  it('is taken at its word until it is known', () => {
    expect(calibrated({}, 'a', 0.9)).toBe(0.9);
    expect(calibrated(after(0.9, [false]), 'other', 0.9)).toBe(0.9);
  });

  it('is corrected by how often it was right when it was so sure', () => {
    const halfRight = after(
      0.9,
      Array.from({ length: 200 }, (_, index) => index % 2 === 0),
    );
    expect(calibrated(halfRight, 'a', 0.9)).toBeCloseTo(0.53, 1);
    expect(calibrated(halfRight, 'a', 0.3)).toBe(0.3);
    const shy = after(
      0.3,
      Array.from({ length: 100 }, () => true),
    );
    expect(calibrated(shy, 'a', 0.3)).toBeGreaterThan(0.9);
  });

  it('stays between nothing and certain', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.array(fc.boolean(), { maxLength: 50 }), (said, asked, came) => {
        const sure = calibrated(after(said, came), 'a', asked);
        expect(sure).toBeGreaterThanOrEqual(0);
        expect(sure).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('suggestions from past runs', () => {
  const run = (succeeded: boolean, ...skills: readonly string[]): PastRun => ({ kind: 'churn', skills, succeeded });
  const times = (count: number, one: PastRun) => Array.from({ length: count }, () => one);

  it('name the order of steps that went with success', () => {
    const runs = [
      ...times(40, run(true, 'health', 'usage', 'churn')),
      ...times(5, run(false, 'health', 'usage', 'churn')),
      ...times(20, run(true, 'churn', 'usage')),
      ...times(25, run(false, 'churn', 'usage')),
    ];
    const found = suggestionsFrom(runs);
    expect(found.map(({ sequence }) => sequence.join(' '))).toContain('health usage churn');
    expect(found.map(({ sequence }) => sequence.join(' '))).not.toContain('churn usage');
    expect(found[0]).toMatchObject({ runs: 45, succeeded: 40, otherwise: 20 / 45 });
  });

  it('are none where nothing tells the runs apart, or too few have been seen', () => {
    expect(suggestionsFrom([])).toEqual([]);
    expect(suggestionsFrom([...times(9, run(true, 'a', 'b')), ...times(50, run(false, 'b', 'a'))])).toEqual([]);
    expect(suggestionsFrom(times(100, run(true, 'a', 'b')))).toEqual([]);
    const even = [true, false].flatMap((won) => [...times(50, run(won, 'a', 'b')), ...times(50, run(won, 'b', 'a'))]);
    expect(suggestionsFrom(even)).toEqual([]);
  });

  it('are sure to 95 %, as Wilson has it', () => {
    // Newcombe 1998, table I: 81 of 263.
    expect(wilsonLower(81, 263)).toBeCloseTo(0.2553, 3);
    expect(wilsonLower(0, 20)).toBe(0);
  });
});
