import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createMeasureOutputs, measureAnomaly } from './anomaly.ts';
import { measureChangePoints } from './change-points.ts';
import { measureChurn } from './churn.ts';
import { openFolder, type DataSets } from './data.ts';
import { measureForecast } from './forecast.ts';
import { measureHealth } from './health.ts';
import { withLimit } from './limits.ts';
import type { MeasureAccuracy } from './measure.ts';
import { measurePropensity } from './propensity.ts';
import type { AccuracyRow } from './row.ts';
import { measureSentiment } from './sentiment.ts';
import { measureTransactions } from './transactions.ts';
import { measureUrgency } from './urgency.ts';

export interface AccuracyOptions {
  /** The folder of the data sets. */
  readonly data: string;
  /** Where the parts lie that no choice was made on; default: `held-out` in that folder, where there is one. */
  readonly heldOut?: string;
  /** A file of another detector's outputs for the metrics, to be judged as ours is. */
  readonly outputs?: string;
}

const measures: readonly MeasureAccuracy[] = [
  measureSentiment,
  measureUrgency,
  measureChurn,
  measureHealth,
  measurePropensity,
  measureForecast,
  measureAnomaly,
  measureTransactions,
  measureChangePoints,
];

/** Every score on the labelled data there is. What is absent is told, and is no fault. */
export function measureAccuracy(options: AccuracyOptions, progress: (text: string) => void): readonly AccuracyRow[] {
  const sets = setsIn(options);
  const { outputs } = options;
  if (outputs !== undefined) return createMeasureOutputs(outputs, readFileSync(outputs, 'utf8'))(sets, progress);
  return measures.flatMap((measure) => measure(sets, progress)).map(withLimit);
}

function setsIn({ data, heldOut }: AccuracyOptions): DataSets {
  const dev = resolve(data);
  const second = heldOut === undefined ? join(dev, 'held-out') : resolve(heldOut);
  return { dev: openFolder(dev), heldOut: existsSync(second) ? openFolder(second) : undefined };
}
