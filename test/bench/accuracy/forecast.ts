import { forecast, type Forecast, type Period } from '../../../src/scoring/forecast.ts';
import { crossing } from '../../../src/scoring/forecast/crossing.ts';
import { jsonLinesOf, onParts, type Folder } from './data.ts';
import {
  coverageOf,
  errorsOf,
  meanErrors,
  msis,
  naive2,
  naive2OfM3,
  owa,
  type Errors,
  type M3Period,
  type Series,
} from './forecast-metrics.ts';
import { timed, type MeasureAccuracy } from './measure.ts';
import { auc, brier, meanOf, type Judged } from './metrics.ts';
import type { Accuracy, AccuracyRow } from './row.ts';

/** A series beside what was forecast of it. */
interface Forecasted {
  readonly series: Series;
  readonly said: Forecast;
}

type Part = 'dev' | 'heldOut';

interface Measured {
  readonly all: readonly Forecasted[];
  readonly part: Part;
  /** Processor time of one forecast with its intervals, µs. */
  readonly microseconds: number;
}

type Parted = { readonly [P in Part]?: Measured };

/** Revenue forecast, its intervals, and predictive alerts, on series of the M3 and M4 competitions. */
export const measureForecast: MeasureAccuracy = (sets, progress) => {
  const load = (file: string): Parted =>
    onParts(sets, file, (folder, part) => {
      progress(`forecast: ${file}, ${part}`);
      return measured(folder, file, part);
    });
  const m3 = load('m3/m3.jsonl');
  const hourly = load('m4/hourly.jsonl.gz');
  const weekly = load('m4/weekly.jsonl.gz');
  const ofForecast = { score: 'revenue forecast', better: 'lower' } as const;
  const ofIntervals = { score: 'forecast intervals', better: 'lower' } as const;
  const ofAlerts = { score: 'predictive alerts' } as const;
  const crossed = 'm4 hourly, y > 90th percentile of the last week, 48 steps';
  return [
    rowOf(m3, owaOfM3('monthly'), {
      ...ofForecast,
      on: 'm3 monthly, OWA',
      floor: 0.86,
      goal: 0.835,
      anchors: 'THETA 0.833, ForecastPro 0.837, COMB 0.866, DAMPEN 0.871',
    }),
    rowOf(m3, owaOfM3('quarterly'), {
      ...ofForecast,
      on: 'm3 quarterly, OWA',
      floor: 0.93,
      goal: 0.9,
      anchors: 'THETA 0.894, COMB 0.914, DAMPEN 0.938, ForecastPro 0.986',
    }),
    rowOf(m3, owaOfM3('all'), {
      ...ofForecast,
      on: 'm3 all, OWA',
      floor: 0.89,
      goal: 0.86,
      anchors: 'THETA 0.858, ForcX 0.879, COMB 0.887, ForecastPro 0.903',
    }),
    rowOf(hourly, owaOfM4, {
      ...ofForecast,
      on: 'm4 hourly, OWA',
      floor: 0.62,
      goal: 0.55,
      anchors: 'seasonal naive 0.618, median entry 0.79, Theta 1.01, best 0.41',
    }),
    rowOf(weekly, owaOfM4, {
      ...ofForecast,
      on: 'm4 weekly, OWA',
      floor: 0.95,
      goal: 0.9,
      anchors: 'Damped 0.92, Com 0.93, median entry 0.93, best 0.74',
    }),
    ...([0.8, 0.95] as const).map((level) =>
      rowOf(m3, offCoverage(level), {
        ...ofIntervals,
        on: `m3 monthly and quarterly, points off the coverage of ${level * 100} %`,
        floor: 4,
        goal: 2,
        anchors: 'plain Gaussian 5 and 6; M4 at 95 %: ETS 1.7, winner 0.4',
      }),
    ),
    ...(
      [
        ['monthly', 7, 6.3],
        ['quarterly', 11, 10.3],
      ] as const
    ).map(([period, floor, goal]) =>
      rowOf(m3, intervalScore(period), {
        ...ofIntervals,
        on: `m3 ${period}, MSIS at 95 %`,
        floor,
        goal,
        anchors: 'none on M3',
        note: 'the floor is ours',
      }),
    ),
    rowOf(hourly, (all) => auc(judgedCrossings(all)), {
      ...ofAlerts,
      on: `${crossed}, AUC`,
      better: 'higher',
      floor: 0.94,
      goal: 0.96,
      anchors: 'seasonal naive + normal error 0.940 (dev 0.948), climatology 0.5',
    }),
    rowOf(hourly, (all) => brier(judgedCrossings(all)), {
      ...ofAlerts,
      on: `${crossed}, Brier`,
      better: 'lower',
      floor: 0.066,
      goal: 0.055,
      anchors: 'seasonal naive + normal error 0.0686 (dev 0.0682), climatology 0.14',
    }),
  ];
};

function measured(folder: Folder, file: string, part: Part): Measured {
  const all = jsonLinesOf<Series>(folder.text(file));
  const { result, microseconds } = timed(all.length, () =>
    all.flatMap((series): readonly Forecasted[] => {
      const said = forecast(series.x, { period: periodOf(series), horizon: series.h });
      return said ? [{ series, said }] : [];
    }),
  );
  return { all: result, part, microseconds };
}

const periods: readonly Period[] = ['hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly'];

/** M3's "other" series have no season, as yearly ones. */
const periodOf = ({ period }: Series): Period => periods.find((one) => one === period) ?? 'yearly';

type Figure = (all: readonly Forecasted[], part: Part) => number;

function rowOf(
  { dev, heldOut }: Parted,
  figure: Figure,
  row: Omit<Accuracy, 'dev' | 'heldOut' | 'microseconds'>,
): AccuracyRow {
  const some = dev ?? heldOut;
  if (!some) return { score: row.score, on: row.on, absent: 'the series' };
  return {
    ...row,
    microseconds: some.microseconds,
    ...(dev && { dev: figure(dev.all, 'dev') }),
    ...(heldOut && { heldOut: figure(heldOut.all, 'heldOut') }),
  };
}

const errorsIn = (all: readonly Forecasted[]): Errors =>
  meanErrors(all.map(({ series, said }) => errorsOf(series, said.points)));

const owaOfM3 =
  (period: M3Period): Figure =>
  (all, part) =>
    owa(errorsIn(all.filter(({ series }) => period === 'all' || series.period === period)), naive2OfM3[part][period]);

const owaOfM4: Figure = (all) =>
  owa(errorsIn(all), meanErrors(all.map(({ series }) => errorsOf(series, naive2(series)))));

const offCoverage =
  (level: number): Figure =>
  (all) => {
    const judged = all
      .filter(({ series: { period } }) => period === 'monthly' || period === 'quarterly')
      .flatMap(({ series, said }) => {
        const intervals = said.intervals(level);
        return series.y.map((y, step) => ({ y, interval: intervals[step] ?? [NaN, NaN] }) as const);
      });
    return Math.abs(coverageOf(judged) - level) * 100;
  };

const intervalScore =
  (period: string): Figure =>
  (all) =>
    meanOf(
      all
        .filter(({ series }) => series.period === period)
        .map(({ series, said }) => msis(series, said.intervals(0.95), 0.95)),
    );

/** Whether each step is above the 90th percentile of the history's last week, beside how probable that was said to be. */
function judgedCrossings(all: readonly Forecasted[]): readonly Judged[] {
  return all.flatMap(({ series, said }) => {
    const threshold = quantile(series.x.slice(-7 * series.freq), 0.9);
    const { at } = crossing(said, threshold);
    return series.y.map((y, step) => ({ score: at[step] ?? 0, positive: y > threshold }));
  });
}

/** Between the two nearest ranks, linearly. */
function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const rank = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(rank)] ?? NaN, sorted[Math.ceil(rank)] ?? NaN];
  return below + (rank - Math.floor(rank)) * (above - below);
}
