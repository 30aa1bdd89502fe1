import type { JsonObject } from '../core/json.ts';
import { isObject, listAt } from '../core/read.ts';
import { factOf, factsOf } from './fold.ts';
import type { Plan, PlanStep, Run } from './run.ts';

/** Messages of one run; further ones are refused. */
export const messagesMax = 256;
/** Messages of one attempt; an agent that sends more is at fault. */
export const messagesOfStepMax = 16;
/** Characters of one. */
export const messageLengthMax = 4_000;
/** The newest that a step is shown. */
const shownMax = 32;
/** To whoever comes next. */
export const everybody = '*';

/**
 * What a step's agent is shown: what was sent before the step was first scheduled, or its approval asked, so that each attempt is the same
 * task. To everybody, to the step, to its skill, or to an agent by name: whether that one does it is not known yet (`messagesTo`).
 */
export function messagesFor(run: Run, plan: Plan | undefined, step: PlanStep): readonly JsonObject[] {
  const fixed = [factOf(run, 'approval-requested', step.id), factOf(run, 'step-scheduled', step.id, 1)];
  const until = Math.min(...fixed.map((held) => held?.place ?? Infinity));
  const others = new Set(plan?.steps.flatMap(({ id, skill }) => [id, skill]));
  const isFor = (to: string) => to === step.id || to === step.skill || !others.has(to);
  return factsOf(run, 'message-sent')
    .filter(({ place, fact }) => place < until && isFor(fact.to))
    .slice(-shownMax)
    .map(({ fact: { from, to, text } }) => ({ from, to, text }));
}

/** The input as the agent that was chosen gets it: without what was sent to another agent. */
export function messagesTo(agent: string, step: string, skill: string, input: JsonObject): JsonObject {
  const messages = listAt(input, 'messages').filter(
    (message) => isObject(message) && [everybody, agent, step, skill].some((name) => name === message['to']),
  );
  const { messages: _, ...rest } = input;
  return messages.length === 0 ? rest : { ...rest, messages };
}
