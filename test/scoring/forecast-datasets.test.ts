import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonLinesOf, openFolder } from '../bench/accuracy/data.ts';
import {
  errorsOf,
  meanErrors,
  msis,
  naive2,
  owa,
  scaleOf,
  seasonalNaive,
  smape,
  type Series,
} from '../bench/accuracy/forecast-metrics.ts';

/* The measures of forecasts, by hand, and beside the figures published of the M4 competition's series where those are here. */
const folder = openFolder(process.env['WEIR_DATASETS'] ?? resolve(import.meta.dirname, '../../../shared/datasets'));

const series: Series = { id: 's', period: 'yearly', freq: 1, h: 2, x: [1, 3, 2, 4], y: [5, 6] };

describe('measures of forecasts', () => {
  it('are what their definitions say', () => {
    expect(smape([100, 0], [50, 0])).toBeCloseTo((200 * 50) / 150 / 2, 10);
    expect(scaleOf(series)).toBeCloseTo(5 / 3, 10);
    expect(errorsOf(series, [4, 4]).mase).toBeCloseTo(1.5 / (5 / 3), 10);
    expect(owa({ smape: 5, mase: 2 }, { smape: 10, mase: 2 })).toBeCloseTo(0.75, 10);
    expect(
      msis(series, [
        [4, 6],
        [7, 8],
      ]),
    ).toBeCloseTo((2 + (1 + 40)) / 2 / (5 / 3), 8);
  });

  it('take the last value for Naive2 where there is no season', () => {
    expect(naive2(series)).toEqual([4, 4]);
  });

  for (const [file, expected] of [
    ['m4/hourly.jsonl.gz', { naive2: [18.224, 2.432], seasonalNaive: [13.979, 1.233] }],
    ['m4/weekly.jsonl.gz', { naive2: [9.537, 2.915], seasonalNaive: undefined }],
  ] as const) {
    it.skipIf(!folder.has(file))(`give Naive2 the errors it is known to have on ${file}`, () => {
      const all = jsonLinesOf<Series>(folder.text(file));
      const of = (said: (series: Series) => readonly number[]) =>
        meanErrors(all.map((one) => errorsOf(one, said(one))));
      const naive = of(naive2);
      expect(naive.smape).toBeCloseTo(expected.naive2[0], 2);
      expect(naive.mase).toBeCloseTo(expected.naive2[1], 2);
      if (!expected.seasonalNaive) return;
      const seasonal = of(seasonalNaive);
      expect(seasonal.smape).toBeCloseTo(expected.seasonalNaive[0], 2);
      expect(seasonal.mase).toBeCloseTo(expected.seasonalNaive[1], 2);
    });
  }
});
