import type { Clock } from '../../core/clock.ts';
import type { Figures } from '../../observe/figures.ts';
import type { Law } from '../../observe/law.ts';

export interface Settling {
  readonly clock: Clock;
  figures(): Promise<Figures>;
  /** How many alerts were heard. */
  heard(): number;
  told(law: Law, alerts: number): void;
  sleep(ms: number): Promise<void>;
  /** A person wants it to end. It may have been aborted before. */
  readonly stopped: AbortSignal;
  /** The daemon cannot go on. */
  readonly broken: AbortSignal;
}

/** So long what was accepted has to be stored and what was alerted to be heard. What is not by then is told as it is. */
export const settleWithinMs = 60_000;
/** Once it is asked to stop: a batch or two of the archive. */
export const settleWhenStoppedMs = 3_000;
const lookEveryMs = 100;

/**
 * Waits until all that was accepted is stored, the pipelines have come to its end and no more alerts are heard, but not for ever:
 * ClickHouse may be away. Answers how things stand then, `law.pending` above 0 where it is not done. Rejects with why the daemon
 * cannot go on.
 */
export async function settle({ clock, figures, heard, told, sleep, stopped, broken }: Settling): Promise<Figures> {
  let until = clock.now() + settleWithinMs;
  let stopping = false;
  for (let before = -1; ; await sleep(lookEveryMs)) {
    const found = await figures();
    broken.throwIfAborted();
    const alerts = heard();
    told(found.law, alerts);
    if (found.law.pending === 0 && found.unread === 0 && alerts === before) return found;
    before = alerts;
    const now = clock.now();
    if (stopped.aborted && !stopping) {
      stopping = true;
      until = Math.min(until, now + settleWhenStoppedMs);
    }
    if (now >= until) return found;
  }
}
