import type { Learned } from '../../core/model.ts';
import { reliabilityOf } from './calibration.ts';
import type { Learner } from './learner.ts';
import { weightsOf } from './logistic.ts';

/** What is to be shown of a learner. */
export const learnedBy = ({ model, calibration, drift, outcomes }: Learner): Learned => ({
  outcomes,
  calibration: reliabilityOf(calibration),
  weights: weightsOf(model),
  driftAlarms: drift.alarms,
});
