import { describe, expect, it } from 'vitest';
import {
  binCount,
  calibrated,
  calibratedBy,
  reliabilityOf,
  uncalibrated,
  type Calibration,
} from '../../src/scoring/learning/calibration.ts';
import { logitOf, probabilityOf } from '../../src/scoring/learning/probability.ts';
import { createRandom } from '../../src/simulate/random.ts';

/** A model that says `said(logit)` where the truth has `logit`. */
function after(rows: number, said: (logit: number) => number, from: Calibration = uncalibrated): Calibration {
  const random = createRandom('calibration');
  return Array.from({ length: rows }).reduce<Calibration>((calibration) => {
    const truth = random.normal(-0.5, 1.5);
    return calibratedBy(calibration, said(truth), random.chance(probabilityOf(truth)));
  }, from);
}

describe('calibration', () => {
  it('leaves as it is what comes true as often as it is said', () => {
    const { slope, shift } = after(4_000, (logit) => logit).line;
    expect(slope).toBeCloseTo(1, 0);
    expect(Math.abs(shift)).toBeLessThan(0.15);
  });

  it('takes back a model that is too sure of itself', () => {
    const calibration = after(4_000, (logit) => 2 * logit);
    expect(probabilityOf(calibrated(calibration, 2 * logitOf(0.8)))).toBeCloseTo(0.8, 1);
    expect(probabilityOf(calibrated(calibration, 2 * logitOf(0.1)))).toBeCloseTo(0.1, 1);
  });

  it('takes back a model that says everything is likelier than it is', () => {
    const calibration = after(4_000, (logit) => logit + 1.5);
    expect(probabilityOf(calibrated(calibration, logitOf(0.5) + 1.5))).toBeCloseTo(0.5, 1);
  });

  it('changes next to nothing before it has seen something', () => {
    expect(calibrated(uncalibrated, 1.3)).toBe(1.3);
    const { slope, shift } = after(30, (logit) => logit).line;
    expect(Math.abs(slope - 1)).toBeLessThan(0.25);
    expect(Math.abs(shift)).toBeLessThan(0.25);
  });

  it('never turns the order of predictions round, also where all of them were wrong', () => {
    expect(after(2_000, (logit) => -logit).line.slope).toBeGreaterThan(0);
  });

  it('forgets a model that has been replaced', () => {
    const shifted = after(4_000, (logit) => logit + 2);
    const since = after(10_000, (logit) => logit, shifted);
    expect(Math.abs(since.line.shift)).toBeLessThan(0.4);
  });

  it('shows how often it came true beside what was said, in at most twenty bins', () => {
    const table = reliabilityOf(after(8_000, (logit) => 2 * logit));
    expect(table.length).toBeLessThanOrEqual(binCount);
    for (const { count, said, calibrated, cameTrue } of table.filter(({ count }) => count > 150)) {
      expect(count).toBeGreaterThan(0);
      expect(Math.abs(calibrated - cameTrue)).toBeLessThan(0.12);
      expect(Math.abs(calibrated - cameTrue)).toBeLessThan(Math.abs(said - cameTrue) + 0.12);
    }
  });
});
