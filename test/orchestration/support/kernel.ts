import { factsOf } from '../../../src/orchestration/fold.ts';
import type { Run } from '../../../src/orchestration/run.ts';
import { viewsOf } from '../../../src/orchestration/steps.ts';

export const finished = (run: Run) => factsOf(run, 'step-finished').map(({ fact }) => fact.step);

export const outputOf = (run: Run, step: string) => viewsOf(run).find((view) => view.step.id === step)?.output;
