import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../bench/accuracy/data.ts';
import {
  nabFilesIn,
  nabLabels,
  nabProfiles,
  nabScore,
  outputsOf,
  tallyOf,
  tuned,
  type NabFile,
  type NabOutput,
} from '../bench/accuracy/nab.ts';

const minute = 60_000;
const start = Date.parse('2026-03-02T00:00:00Z');

/** A thousand rows, of which the first 150 are not judged; two windows of a hundred rows. */
const made: NabFile = {
  name: 'made/one.csv',
  times: Array.from({ length: 1_000 }, (_, row) => start + row * minute),
  values: Array.from({ length: 1_000 }, () => 0),
  windows: [
    { first: 300, last: 399 },
    { first: 700, last: 799 },
  ],
};
const [standard, lowFalsePositives, lowFalseNegatives] = nabProfiles;

const firingAt = (file: NabFile, rows: readonly number[], score = 1): NabOutput => ({
  file,
  scores: file.times.map((_, row) => (rows.includes(row) ? score : 0)),
});
const firstRows = (file: NabFile): NabOutput =>
  firingAt(
    file,
    file.windows.map(({ first }) => first),
  );

/** Parts of NAB: WEIR_DATASETS, or `datasets` in a folder `shared` beside this project; WEIR_DATASETS_HELDOUT for the other. */
const folders = [
  process.env['WEIR_DATASETS'] ?? resolve(import.meta.dirname, '../../../shared/datasets'),
  process.env['WEIR_DATASETS_HELDOUT'],
].flatMap((path) => (path === undefined ? [] : [openFolder(path)]));
const parts = folders.filter((folder) => folder.has(nabLabels)).map((folder) => nabFilesIn(folder));
if (parts.length === 0) console.info('skipped: no NAB files; set WEIR_DATASETS to the folder that has nab/');

describe('the NAB score', () => {
  const corpora = [['one made file', [made]] as const, ...parts.map((files, part) => [`part ${part}`, files] as const)];
  for (const [name, files] of corpora) {
    for (const profile of nabProfiles) {
      it(`${name}, ${profile.name}: 0 for a detector that never fires, 100 for the first row of each window`, () => {
        const silent = files.map((file) => firingAt(file, []));
        expect(nabScore(silent, 0.5, profile)).toBe(0);
        expect(tuned(silent, profile)).toEqual({ threshold: Number.POSITIVE_INFINITY, score: 0 });
        const perfect = files.map(firstRows);
        expect(nabScore(perfect, 0.5, profile)).toBeCloseTo(100, 9);
        expect(tuned(perfect, profile)).toMatchObject({ threshold: 1 });
      });
    }
  }

  it.skipIf(parts.length === 0)('finds every labelled window in its file', () => {
    for (const { windows, times } of parts.flat()) {
      for (const { first, last } of windows) {
        expect(first).toBeGreaterThanOrEqual(0);
        expect(last).toBeGreaterThan(first);
        expect(last).toBeLessThan(times.length);
      }
    }
  });

  it('pays less for a later find, and the first one in a window is the one that counts', () => {
    const [soon, late, both] = [
      [300, 710],
      [300, 790],
      [300, 710, 790],
    ].map((rows) => nabScore([firingAt(made, rows)], 0.5, standard));
    expect(soon).toBeGreaterThan(late ?? Number.NaN);
    expect(both).toBe(soon);
    expect(nabScore([firingAt(made, [300])], 0.5, standard)).toBeCloseTo(50, 9);
  });

  it('charges every false alarm, less just after a window, and as the profile says', () => {
    const cost = (row: number, profile: (typeof nabProfiles)[number]) =>
      100 - nabScore([firingAt(made, [300, 700, row])], 0.5, profile);
    expect(cost(200, standard)).toBeCloseTo((100 * 0.11) / 4, 9);
    expect(cost(200, lowFalsePositives)).toBeCloseTo((100 * 0.22) / 4, 9);
    expect(cost(200, lowFalseNegatives)).toBeCloseTo((100 * 0.11) / 6, 9);
    expect(cost(405, standard)).toBeLessThan(cost(450, standard));
    expect(cost(450, standard)).toBeLessThan(cost(200, standard));
  });

  it('does not judge the probation', () => {
    expect(nabScore([firingAt(made, [10, 149, 300, 700])], 0.5, standard)).toBeCloseTo(100, 9);
  });

  it('takes the threshold at which the finds are worth their false alarms', () => {
    const scores = made.times.map((_, row) => (row === 300 ? 0.9 : row === 700 ? 0.6 : row > 800 ? 0.4 : 0));
    expect(tuned([{ file: made, scores }], standard)).toMatchObject({ threshold: 0.6 });
  });

  it('tells beside it what was found, how often for nothing, and how late', () => {
    expect(tallyOf([firingAt(made, [200, 250, 304])], 0.5)).toEqual({
      windows: 2,
      found: 1,
      falseAlarms: (1_000 * 2) / 650,
      delay: 4,
    });
  });

  it('reads the outputs of other detectors', () => {
    const csv =
      'file,timestamp,anomaly_score\nmade/one.csv,2026-03-02 05:00:00,1\nmade/one.csv,2026-03-02 11:40:00,0.7\n';
    expect(nabScore(outputsOf(csv, [made]), 0.7, standard)).toBeCloseTo(100, 9);
    expect(outputsOf('file,timestamp,anomaly_score\n', [made])).toEqual([]);
  });
});
