import { faults, type StepFault } from './faults.ts';
import type { Answer } from './question.ts';

type Unanswered = Extract<Answer<unknown>, { kind: 'unanswered' }>;

/** That no model answered, thrown by an agent that asked: in the words of the orchestration's faults, which goes by them. */
export class ModelFault extends Error {
  override readonly name = 'ModelFault';
  readonly fault: StepFault;
  /** When it may be worth asking again; ms, null where that is not known. */
  readonly retryAfterMs: number | null;

  /** `now` in ms since 1970. */
  constructor(answer: Unanswered, now: number) {
    const tried = answer.attempts.map(({ provider, fault }) => `${provider}: ${fault.kind} (${fault.detail})`);
    super([`no model answered: ${answer.why}`, ...tried].join('; '));
    this.fault = stepFaultOf(answer);
    this.retryAfterMs = answer.retryAt === null ? null : Math.max(0, answer.retryAt - now);
  }
}

/** What may pass counts before what will not: a step is worth another try as long as one of those that were asked may answer. */
const hopefulFirst: readonly StepFault[] = ['transient', 'timed-out', 'rate-limited', 'invalid', 'unfit'];

function stepFaultOf({ why, attempts }: Unanswered): StepFault {
  if (why === 'aborted') return 'transient';
  // All have to be left alone for a while, which says nothing of who asks them.
  if (why === 'unavailable') return 'rate-limited';
  const met = new Set(attempts.map(({ fault }) => faults[fault.kind].step));
  return (why === 'failed' && hopefulFirst.find((fault) => met.has(fault))) || 'unfit';
}
