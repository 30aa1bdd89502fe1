import { numberAt } from '../../../src/core/read.ts';
import { metricAnomaly, type Watched } from '../../../src/scoring/anomaly/metric-anomaly.ts';
import { onParts, type DataSets } from './data.ts';
import { timed, type MeasureAccuracy } from './measure.ts';
import {
  halvesOf,
  nabFilesIn,
  nabLabels,
  nabProfiles,
  nabScore,
  outputsOf,
  tallyOf,
  tuned,
  type NabFile,
  type NabOutput,
} from './nab.ts';
import type { Accuracy, AccuracyRow } from './row.ts';
import { throughRuntime, type Point } from './through.ts';

/** Anomalies of metrics on NAB: the threshold of each profile is chosen on dev and applied to held-out as it is. */
export const measureAnomaly: MeasureAccuracy = (sets, progress) => {
  const outputs = onParts(sets, nabLabels, (folder, part) =>
    nabFilesIn(folder).map((file): NabOutput => {
      progress(`metric anomalies: ${part} ${file.name}`);
      return {
        file,
        scores: [...throughRuntime(metricAnomaly, pointsOf(file), seenOf)].map((score) => score?.value ?? 0),
      };
    }),
  );
  return rowsOf('metric anomalies', outputs, outputs.dev && microsecondsOn(outputs.dev.map(({ file }) => file)));
};

/** Another detector's outputs (`outputsOf` says in which form), judged as ours are. */
export function createMeasureOutputs(name: string, csv: string): MeasureAccuracy {
  return (sets: DataSets) =>
    rowsOf(
      name,
      onParts(sets, nabLabels, (folder) => outputsOf(csv, nabFilesIn(folder))),
    );
}

interface Outputs {
  readonly dev?: readonly NabOutput[];
  readonly heldOut?: readonly NabOutput[];
}

function rowsOf(score: string, { dev, heldOut }: Outputs, microseconds?: number): readonly AccuracyRow[] {
  if (!dev) return [{ score, on: 'nab', absent: nabLabels }];
  return nabProfiles.map((profile): Accuracy => {
    const { threshold, score: onDev } = tuned(dev, profile);
    const halves = halvesOf(dev, profile);
    const told = [
      `threshold ${threshold.toFixed(3)}`,
      `on dev ${tallied(dev, threshold)}`,
      ...(heldOut ? [`on held-out ${tallied(heldOut, threshold)}`] : []),
      `threshold from one half of the files, tried on the other: ${halves.mean.toFixed(1)} (${halves.lowest.toFixed(0)} … ${halves.highest.toFixed(0)})`,
      'NAB has wrong labels, trivial cases and windows late in their files (Wu & Keogh 2020)',
    ];
    return {
      score,
      on: `nab, ${profile.name}`,
      dev: onDev,
      ...(heldOut && { heldOut: nabScore(heldOut, threshold, profile) }),
      ...bars[profile.name],
      better: 'higher',
      ...(microseconds !== undefined && { microseconds }),
      note: told.join('; '),
    };
  });
}

const bars = {
  standard: {
    floor: 62,
    goal: 67,
    anchors: 'held-out: Numenta HTM 71.5, ARTime 70.8, CAD OSE 67.5, Skyline 59.4, KNN-CAD 57.7, RCF 53.1',
  },
  'reward low FP rate': {
    floor: 55,
    goal: 60,
    anchors: 'held-out: Numenta HTM 64.5, ARTime 63.6, CAD OSE 62.9, Skyline 49.2, KNN-CAD 45.9, RCF 40.8',
  },
  'reward low FN rate': {
    floor: 66,
    goal: 71,
    anchors: 'held-out: Numenta HTM 75.2, ARTime 75.2, CAD OSE 70.9, Skyline 64.5, KNN-CAD 63.3, RCF 62.1',
  },
} as const;

function tallied(outputs: readonly NabOutput[], threshold: number): string {
  const { windows, found, falseAlarms, delay } = tallyOf(outputs, threshold);
  return `${found} of ${windows} windows, ${falseAlarms.toFixed(2)} false alarms per 1,000 points, median delay ${delay} points`;
}

function* pointsOf({ name, times, values }: NabFile): Generator<Point> {
  for (const [row, time] of times.entries())
    yield { time, entity: `file:${name}`, data: { value: values[row] ?? null } };
}

function seenOf({ id, time, data }: { readonly id: string; readonly time: string; readonly data: Point['data'] }) {
  const value = numberAt(data, 'value');
  return value === undefined ? undefined : { eventId: id, at: Date.parse(time), value, unit: '' };
}

/** Of the scorer alone; what the runtime adds is measured by the throughput. */
function microsecondsOn(files: readonly NabFile[]): number {
  const points = files.reduce((sum, { times }) => sum + times.length, 0);
  return timed(points, () => {
    for (const { times, values } of files) {
      let state: Watched = null;
      for (const [row, at] of times.entries())
        state = metricAnomaly.score({ eventId: '', at, value: values[row] ?? 0, unit: '' }, state).state;
    }
  }).microseconds;
}
