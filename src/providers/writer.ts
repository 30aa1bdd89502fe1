import { z } from 'zod';
import type { AgentCard, AgentReport, Cost, SubTask } from '../core/agent.ts';
import type { JsonObject } from '../core/json.ts';
import type { Agent } from '../orchestration/agent.ts';
import { createPurse, together, type Purse } from './budget.ts';
import { recorded, type ModelCall } from './happenings.ts';
import { findingsMax, phrase, type Told } from './phrase.ts';
import type { AskOptions, Models, Worth } from './question.ts';
import { rank, rankedMax } from './rank.ts';

export interface WriterDeps {
  readonly models: Models;
  readonly phrases: boolean;
  readonly ranks: boolean;
  /** What one run may cost at most. */
  readonly cost: Cost;
  /** What an organisation may spend beside that. */
  purseOf(org: string): Purse;
  /** What its runs have taught of providers. */
  worthOf?(org: string): Worth;
}

/**
 * An agent that lets a model say in prose what the agents before it found, and put it in order. Where no model can, or none keeps to the
 * findings, it abstains and says why: they speak for themselves then. A model need not say the same twice: what it said is recorded with the run,
 * and so is each call with what it cost.
 */
export function createWriter({ models, phrases, ranks, cost, purseOf, worthOf }: WriterDeps): Agent {
  return {
    card: cardOf(cost),
    run: async function* (task, { signal, budget }) {
      const findings = findingsOf(task);
      if (findings.length === 0) {
        yield { says: 'report', report: reportOf({}, 'there are no findings to phrase', []) };
        return;
      }
      yield { says: 'progress', done: 0.1, text: 'asks a model' };
      const asking: AskOptions = {
        // It ends before its step does, so that a model which takes too long is no reason to ask again.
        signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
        purse: together([createPurse(budget), purseOf(task.org)]),
        ...(worthOf && { worth: worthOf(task.org) }),
      };
      const calls: ModelCall[] = [];
      const order = ranks ? await orderOf(models, task.goal, findings, asking, calls) : undefined;
      const ordered = order ?? findings;
      const phrased = phrases ? await phrase(models, ordered.slice(0, findingsMax), asking) : undefined;
      signal.throwIfAborted();
      calls.push(...(phrased?.calls ?? []));
      const output = {
        ...(phrased?.kind === 'prose' && { prose: phrased.text, provider: phrased.provider }),
        ...(order && { order: order.map(({ entity, title }) => ({ entity, title })) }),
        calls: calls.map(recorded),
      };
      yield { says: 'report', report: reportOf(output, phrased?.kind === 'refused' ? phrased.why : null, calls) };
    },
  };
}

/** Undefined where no model gives one. */
async function orderOf(
  models: Models,
  goal: string,
  findings: readonly Told[],
  asking: AskOptions,
  calls: ModelCall[],
): Promise<readonly Told[] | undefined> {
  const asked = findings.slice(0, rankedMax);
  const texts = asked.map(({ title, detail }) => `${title}. ${detail}`);
  const answer = await rank(models, goal, texts, asking);
  calls.push(...answer.calls);
  return answer.kind === 'answered' ? answer.value.flatMap((place) => asked[place] ?? []) : undefined;
}

const timeoutMs = 3 * 60_000;
const withinMs = timeoutMs - 30_000;

function cardOf(cost: Cost): AgentCard {
  return {
    name: 'writer',
    version: 1,
    description: 'Says in prose what was found, and nothing more.',
    skills: [
      {
        id: 'phrase',
        description: 'Findings as a few sentences, and in order.',
        input: ['reports'],
        output: ['prose', 'order'],
        cost,
        sideEffects: 'none',
      },
    ],
    limits: { concurrent: 8, timeoutMs },
  };
}

const text = z.string();
const finding: z.ZodType<Told & { readonly confidence: number }> = z.object({
  entity: text,
  title: text,
  detail: text,
  evidence: z.array(z.object({ text })),
  effect: z.object({ name: text, value: z.number(), unit: text }),
  confidence: z.number(),
  action: z.object({ text, expectedValue: z.number().nullable(), currency: text.nullable() }),
});
const reportsSchema = z.array(z.object({ insights: z.array(finding) }));

/** What the steps before it found: of whom it is about first, then the surest. Throws a ZodError where it is shown no reports: a plan that does not fit. */
function findingsOf({ input, entity }: SubTask): readonly Told[] {
  const findings = reportsSchema.parse(input['reports'] ?? []).flatMap(({ insights }) => insights);
  const isAbout = (one: Told): number => Number(one.entity === entity);
  return findings.toSorted((a, b) => isAbout(b) - isAbout(a) || b.confidence - a.confidence);
}

const reportOf = (output: JsonObject, abstained: string | null, calls: readonly ModelCall[]): AgentReport => ({
  insights: [],
  abstained,
  output,
  degraded: false,
  spent: {
    money: calls.reduce((sum, { money }) => sum + money, 0),
    tokens: calls.reduce((sum, { tokens }) => sum + tokens, 0),
    calls: calls.length,
    agentSeconds: 0,
  },
});
