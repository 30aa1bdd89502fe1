import type { Agent } from '../orchestration/agent.ts';
import { check } from './check.ts';
import { customerIntelligence } from './customer-intelligence.ts';
import { financialAnalysis } from './financial-analysis.ts';
import { fix } from './fix.ts';
import { insight } from './insight.ts';
import { learn } from './learn.ts';
import { marketResearch } from './market-research.ts';
import { monitor } from './monitor.ts';
import { salesOptimisation } from './sales-optimisation.ts';
import { triage } from './triage.ts';
import { workflowAutomation } from './workflow-automation.ts';

/** The agents that come with weir. */
export const builtIn: readonly Agent[] = [
  customerIntelligence,
  salesOptimisation,
  marketResearch,
  financialAnalysis,
  workflowAutomation,
  insight,
  triage,
  monitor,
  fix,
  learn,
  check,
];
