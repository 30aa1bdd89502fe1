import type { z } from 'zod';
import type { Cost, Skill } from '../core/agent.ts';
import type { JsonObject } from '../core/json.ts';
import { createPurse, together, type Purse } from './budget.ts';
import { recorded } from './happenings.ts';
import { propose } from './propose.ts';
import type { Models, Read, Worth } from './question.ts';

export interface PlannerDeps<S extends z.ZodType> {
  readonly models: Models;
  readonly skills: readonly Skill[];
  readonly schema: S;
  /** What one run may cost at most. */
  readonly cost: Cost;
  /** What an organisation may spend beside that. */
  purseOf(org: string): Purse;
  /** What its runs have taught of providers. */
  worthOf?(org: string): Worth;
}

export type Proposed<T> = { readonly calls: readonly JsonObject[] } & (
  | { readonly kind: 'proposed'; readonly value: T; readonly provider: string }
  | { readonly kind: 'none'; readonly why: string }
);

export type Planner<S extends z.ZodType> = (
  run: { readonly org: string; readonly goal: string },
  validate: (plan: z.output<S>) => Read<z.output<S>>,
) => Promise<Proposed<z.output<S>>>;

/** Asks models for the steps of a run, once, within its budget and a minute and a half. */
export function createPlanner<S extends z.ZodType>({
  models,
  skills,
  schema,
  cost,
  purseOf,
  worthOf,
}: PlannerDeps<S>): Planner<S> {
  const means = skills.map(({ id, description, input, output }) => ({ id, description, input, output }));
  return async ({ org, goal }, validate) => {
    const asking = {
      signal: AbortSignal.timeout(withinMs),
      purse: together([createPurse(cost), purseOf(org)]),
      ...(worthOf && { worth: worthOf(org) }),
    };
    const answer = await propose(models, { goal, means, schema, validate }, asking);
    const calls = answer.calls.map(recorded);
    if (answer.kind === 'answered') return { kind: 'proposed', value: answer.value, provider: answer.provider, calls };
    const tried = answer.attempts.map(({ provider, fault }) => `${provider}: ${fault.kind}, ${fault.detail}`);
    return { kind: 'none', why: [answer.why, ...tried].join('; '), calls };
  };
}

const withinMs = 90_000;
