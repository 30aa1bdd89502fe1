import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureChurn } from '../bench/accuracy/churn.ts';
import { openFolder } from '../bench/accuracy/data.ts';
import { measureHealth } from '../bench/accuracy/health.ts';
import { standingOf, type AccuracyRow } from '../bench/accuracy/row.ts';
import { telcoFile } from '../bench/accuracy/telco.ts';

/* On customers of whom it is known who left. Their folder is as in datasets.test.ts; without it this is skipped. */
const folder = process.env['WEIR_DATASETS'] ?? resolve(import.meta.dirname, '../../../shared/datasets');

describe.skipIf(!existsSync(join(folder, telcoFile)))('on customers of whom it is known who left', () => {
  const sets = { dev: openFolder(folder), heldOut: undefined };
  const standings = (rows: readonly AccuracyRow[]) => rows.map(standingOf);

  it('health puts those who left last, with no weight fitted: AUC at least 0.80, fewer leave in each better decile', () => {
    for (const standing of standings(measureHealth(sets, () => {}))) expect(['floor', 'goal']).toContain(standing);
  });

  it('churn risk, learned in one pass, orders them and is calibrated: AUC, Brier and ECE at their floors', () => {
    const reached = standings(measureChurn(sets, () => {}));
    expect(reached.length).toBe(3);
    for (const standing of reached) expect(['floor', 'goal']).toContain(standing);
  });
});
