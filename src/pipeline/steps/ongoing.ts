import { severities, type AlertContent, type Severity } from '../../core/alert.ts';
import type { AlertDraft } from '../define.ts';

/** What a rule remembers of an alert it raised and has not seen end. Times are event time, ms. */
export type Ongoing = {
  readonly severity: Severity;
  /** When it was last told, and how often it was seen since. */
  readonly toldAt: number;
  readonly untold: number;
  readonly seenAt: number;
};

interface Told {
  readonly ongoing: Ongoing | null;
  readonly change: AlertDraft['change'] | undefined;
}

/** Seen: told at once when new or worse, else at most every `repeatEveryMs`; what was not told is counted. */
export function raise(ongoing: Ongoing | null, content: AlertContent, time: number, repeatEveryMs: number): Told {
  const seenAt = Math.max(time, ongoing?.seenAt ?? time);
  const untold = (ongoing?.untold ?? 0) + 1;
  const worse = ongoing !== null && severities.indexOf(content.severity) > severities.indexOf(ongoing.severity);
  if (ongoing && !worse && time < ongoing.toldAt + repeatEveryMs) {
    return { ongoing: { ...ongoing, untold, seenAt }, change: undefined };
  }
  return {
    ongoing: { severity: content.severity, toldAt: time, untold: 0, seenAt },
    change: { kind: 'raised', content, count: untold },
  };
}

/** The condition ended: told once, and only of an alert that is there. */
export function clear(ongoing: Ongoing | null, why: string): Told {
  return { ongoing: null, change: ongoing ? { kind: 'cleared', why } : undefined };
}

/** Nobody repeated it in time. */
export function expire(ongoing: Ongoing | null, after: string): Told {
  return { ongoing: null, change: ongoing ? { kind: 'expired', why: `not seen again for ${after}` } : undefined };
}
