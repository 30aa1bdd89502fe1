import type { SessionEvent } from '../../schemas/run.ts';
import type { JsonObject } from '../core/json.ts';
import { isObject } from '../core/read.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { keyOf, readEntry, type Fact } from './facts.ts';
import type { Register } from './register.ts';

/** What is recorded of one run, as somebody reads it: each call goes on behind the last. */
export interface SessionReading {
  /** What has been recorded since the last call; the ids go on by one. */
  more(): Promise<{ readonly events: readonly SessionEvent[]; readonly ended: boolean }>;
  /** Resolves when there may be more, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * A run's facts as events, numbered within the run: a place in the log would show an organisation how much the others do. A fact that
 * came again is no event. Throws `too-many` where too many read.
 */
export function readSession(log: Log, listen: Register['listen'], org: string, id: string): SessionReading {
  const bell = listen(org, id);
  const seen = new Set<string>();
  let [sequence, ended] = [0, false];
  return {
    async more() {
      const events: SessionEvent[] = [];
      while (!ended) {
        const message = await log.next('RUNS', subjects.run(org, id), sequence);
        if (!message) break;
        ({ sequence } = message);
        const { at, facts } = readEntry(message.data) ?? { at: 0, facts: [] };
        for (const fact of facts.filter((one) => !seen.has(keyOf(one)))) {
          seen.add(keyOf(fact));
          events.push({ id: seen.size, at: new Date(at).toISOString(), ...eventOf(fact) });
        }
        ended = facts.some(({ fact }) => fact === 'run-ended');
      }
      return { events, ended };
    },
    changed: (signal) => bell.rung(signal),
    close: () => bell.close(),
  };
}

function eventOf(fact: Fact): Omit<SessionEvent, 'id' | 'at'> {
  return {
    fact: fact.fact,
    step: 'step' in fact ? fact.step : null,
    attempt: 'attempt' in fact ? fact.attempt : null,
    by: 'agent' in fact ? fact.agent : 'by' in fact ? fact.by : null,
    text: wordsOf(fact),
  };
}

function wordsOf(fact: Fact): string {
  switch (fact.fact) {
    case 'requested':
      return `${fact.request.by} asks: ${fact.request.goal}${namesIn(', wanted:', fact.request.wanted)}`;
    case 'context-attached':
      return fact.missing === null ? 'the context is gathered' : `the context lacks ${fact.missing}`;
    case 'plan-decided':
      return `${fact.plan.steps.length === 1 ? '1 step' : `${fact.plan.steps.length} steps`}, ${fact.plan.strategy}, by ${fact.plan.template}`;
    case 'approval-requested':
      return `${fact.step} waits for approval of ${fact.argumentsHash}`;
    case 'approval-granted':
      return `${fact.by} grants ${fact.step}: ${fact.why}`;
    case 'approval-denied':
      return `${fact.by} denies ${fact.step}: ${fact.why}`;
    case 'step-scheduled':
      return `${fact.agent} is to do ${fact.step}${fact.attempt > 1 ? `, attempt ${fact.attempt}` : ''}`;
    case 'step-finished':
      return `${fact.step}: ${fact.report.abstained ?? counted(fact.report.insights.length)}`;
    case 'step-failed':
      return `${fact.step} failed, ${fact.fault}: ${fact.detail}`;
    case 'run-ended':
      return `${fact.outcome}: ${fact.why}`;
    case 'admitted':
      return 'it begins';
    case 'result-synthesised':
      return `the result is put together${namesIn(', with', Object.keys(givenIn(fact.result)))}`;
    case 'timer':
      return `time has passed: ${fact.name}`;
    case 'step-started':
      return `${fact.step} began`;
    case 'step-reassigned':
      return `${fact.step} is done by another worker`;
    case 'step-unassigned':
      return `nobody is there for ${fact.step}`;
    case 'adapted':
      return `${fact.strategy} from here on: ${fact.why}`;
    case 'compensating':
      return `taking back: ${fact.why}`;
    case 'cancel-requested':
      return `${fact.by} cancels it: ${fact.why}`;
    case 'message-sent':
      return `${fact.from} to ${fact.to}: ${fact.text}`;
    case 'person-answered':
      return `${fact.by} ${fact.done ? 'did' : 'did not do'} ${fact.step}: ${fact.why}`;
    case 'person-asked':
    case 'budget-refused':
    case 'step-gathered':
    case 'step-degraded':
    case 'step-skipped':
    case 'step-given-up':
    case 'handed-over':
      return `${fact.step} ${fact.fact.replace('step-', '').replace('-', ' ')}: ${fact.why}`;
  }
  return fact satisfies never;
}

const namesIn = (before: string, names: readonly string[] = []): string =>
  names.length === 0 ? '' : `${before} ${names.join(', ')}`;

/** What came of a run by name. */
const givenIn = ({ given = null }: JsonObject): JsonObject => (isObject(given) ? given : {});

const counted = (findings: number): string => (findings === 1 ? '1 finding' : `${findings} findings`);
