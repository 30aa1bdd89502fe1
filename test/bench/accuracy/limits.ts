import type { AccuracyRow } from './row.ts';

/** What an item of a score may cost on its own, µs of a processor: the targets of the texts, points and transactions. */
const limits: Readonly<Record<string, number>> = {
  'sentiment, public': 20,
  'sentiment, support': 20,
  'sentiment, finance': 20,
  'urgency, by cues': 20,
  'urgency, learnt': 50,
  'metric anomalies': 5,
  'transaction anomalies, no labels': 20,
  'transaction risk, delayed labels': 20,
};

/** The row with the limit of its score, where there is one. */
export function withLimit(row: AccuracyRow): AccuracyRow {
  const limit = limits[row.score];
  return limit === undefined || 'absent' in row ? row : { ...row, limit };
}
