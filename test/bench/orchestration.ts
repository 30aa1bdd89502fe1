import { measureLatencies } from './orchestration/latency.ts';
import { measureMakespans } from './orchestration/makespan.ts';
import { measureSaved } from './orchestration/saved.ts';
import type { Measure } from './support/figure.ts';

/** (k) Runs of agents: how soon a step follows another, and how much sooner a plan is done than its steps one by one, what is not asked twice. */
export const measureOrchestration: Measure = async (bench) => [
  ...(await measureLatencies(bench)),
  ...(await measureMakespans(bench)),
  ...(await measureSaved(bench)),
];
