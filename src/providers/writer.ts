import { z } from 'zod';
import type { AgentCard, AgentInsight, AgentReport, Cost, SubTask } from '../core/agent.ts';
import type { Agent } from '../orchestration/agent.ts';
import { createPurse } from './budget.ts';
import { findingsMax, phrase } from './phrase.ts';
import type { Models } from './question.ts';

/**
 * An agent that lets a model say in prose what other agents found. Where no model can, or none keeps to the findings, it says it in the
 * findings' own words, and its report is degraded. A model need not say the same twice: what it said is recorded with the run.
 */
export function createWriter(models: Models, cost: Cost): Agent {
  return {
    card: cardOf(cost),
    run: async function* (task, { signal, budget }) {
      const insights = insightsOf(task);
      if (insights.length === 0) {
        yield { says: 'report', report: nothingToSay };
        return;
      }
      yield { says: 'progress', done: 0.1, text: 'asks a model' };
      const phrased = await phrase(models, insights, { signal, purse: createPurse(budget) });
      signal.throwIfAborted();
      const prose = phrased.kind === 'prose' ? phrased.text : inOwnWords(insights);
      const degraded = phrased.kind === 'refused';
      yield { says: 'report', report: { insights: [], abstained: null, output: { prose }, degraded } };
    },
  };
}

/** What stands in the findings, without a model. */
export function inOwnWords(insights: readonly AgentInsight[]): string {
  return insights
    .slice(0, findingsMax)
    .map(({ title, action }) => `${sentence(title)} ${sentence(action.text)}`)
    .join('\n');
}

function cardOf(cost: Cost): AgentCard {
  return {
    name: 'writer',
    version: 1,
    description: 'Says in prose what was found, and nothing more.',
    skills: [
      {
        id: 'phrase',
        description: 'Findings as a few sentences.',
        input: ['insights'],
        output: ['prose'],
        cost,
        sideEffects: 'none',
      },
    ],
    limits: { concurrent: 8, timeoutMs: 5 * 60_000 },
  };
}

const insight: z.ZodType<AgentInsight> = z.object({
  kind: z.enum(['opportunity', 'risk', 'optimisation']),
  entity: z.string(),
  title: z.string(),
  detail: z.string(),
  evidence: z.array(
    z.object({ query: z.string(), params: z.record(z.string(), z.string()), rowsHash: z.string(), text: z.string() }),
  ),
  effect: z.object({ name: z.string(), value: z.number(), unit: z.string() }),
  confidence: z.number(),
  action: z.object({ text: z.string(), expectedValue: z.number().nullable(), currency: z.string().nullable() }),
});

/** What the steps before it found. Throws a ZodError where that is no list of findings: a plan that does not fit. */
function insightsOf({ input }: SubTask): readonly AgentInsight[] {
  return z.array(insight).parse(input['insights'] ?? []);
}

const nothingToSay: AgentReport = {
  insights: [],
  abstained: 'there are no findings to phrase',
  output: {},
  degraded: false,
};

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
