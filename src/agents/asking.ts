import { setTimeout as after } from 'node:timers/promises';
import { WeirError } from '../core/errors.ts';
import type { Asking } from '../store/store.ts';

/** The questions of agents. One that heeds nothing is left behind, and may still wait for ClickHouse while weir stops. */
export interface AgentAsking extends Asking {
  /** From here on no further question is asked: `not-ready`. */
  refuse(): void;
  /** Resolves when ClickHouse may be closed: nobody waits for an answer any more, or has for `leaveAfterMs`. */
  left(): Promise<void>;
}

/** `leaveAfterMs`: of the ten seconds a stop may take, so many for answers that nobody will use. */
export function createAgentAsking(asking: Asking, leaveAfterMs = 2_000): AgentAsking {
  const asked = new Set<Promise<unknown>>();
  let refusing = false;

  return {
    running: asking.running,
    async ask(question) {
      if (refusing) throw new WeirError('not-ready', 'weir is stopping. Ask again once it runs.');
      const answer = asking.ask(question);
      asked.add(answer);
      const forget = () => void asked.delete(answer);
      answer.then(forget, forget);
      return answer;
    },
    refuse: () => void (refusing = true),
    async left() {
      const late = new AbortController();
      const waiting = after(leaveAfterMs, undefined, { signal: late.signal }).catch(() => undefined);
      await Promise.race([Promise.allSettled(asked), waiting]);
      late.abort();
    },
  };
}
