import { alerts } from './alerts.ts';
import { audit } from './audit.ts';
import { deadLetters } from './dead-letters.ts';
import { events } from './events.ts';
import type { ArchivedStream, Rewriting } from './rewriting.ts';
import { runs } from './runs.ts';
import { signals } from './signals.ts';

/** How each stream becomes rows. */
export const rewritings: Readonly<Record<ArchivedStream, Rewriting>> = {
  EVENTS: events,
  SIGNALS: signals,
  ALERTS: alerts,
  RUNS: runs,
  DEADLETTERS: deadLetters,
  AUDIT: audit,
};
