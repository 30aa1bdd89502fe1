import type { Clock } from '../../core/clock.ts';
import type { Figures } from '../../observe/figures.ts';
import type { Law } from '../../observe/law.ts';

export interface Settling {
  readonly clock: Clock;
  figures(): Promise<Figures>;
  /** How many alerts were heard. */
  heard(): number;
  /** How many runs there are, and how many of them have not ended. */
  runs(): Promise<{ readonly total: number; readonly underWay: number }>;
  told(law: Law, alerts: number, underWay: number): void;
  sleep(ms: number): Promise<void>;
  /** A person wants it to end. It may have been aborted before. */
  readonly stopped: AbortSignal;
  /** The daemon cannot go on. */
  readonly broken: AbortSignal;
}

/** So long what was accepted has to be stored, what was alerted to be heard, and runs to end. What is not by then is told as it is. */
export const settleWithinMs = 60_000;
/** Once it is asked to stop: a batch or two of the archive. */
export const settleWhenStoppedMs = 3_000;
const lookEveryMs = 100;

/**
 * Waits until all that was accepted is stored, the pipelines have come to its end, no more alerts are heard and every run has ended, but
 * not for ever: ClickHouse may be away. Answers how things stand then, `law.pending` above 0 where it is not done. Rejects with why the daemon
 * cannot go on.
 */
export async function settle({
  clock,
  figures,
  heard,
  runs,
  told,
  sleep,
  stopped,
  broken,
}: Settling): Promise<Figures> {
  let until = clock.now() + settleWithinMs;
  let stopping = false;
  for (let before = ''; ; await sleep(lookEveryMs)) {
    const found = await figures();
    const { total, underWay } = await runs();
    broken.throwIfAborted();
    const alerts = heard();
    told(found.law, alerts, underWay);
    const seen = `${alerts} alerts, ${total} runs`;
    if (found.law.pending === 0 && found.unread === 0 && underWay === 0 && seen === before) return found;
    before = seen;
    const now = clock.now();
    if (stopped.aborted && !stopping) {
      stopping = true;
      until = Math.min(until, now + settleWhenStoppedMs);
    }
    if (now >= until) return found;
  }
}
