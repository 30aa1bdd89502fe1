import type { z } from 'zod';
import type { EventDraft, Mapped } from './source.ts';

export const mapped = (draft: EventDraft): Mapped => ({ kind: 'event', draft });
export const ignored = (reason: string): Mapped => ({ kind: 'ignored', reason });

/** Authentic, but not what the provider's documentation says: kept in the dead letters with the first thing that is wrong. */
export function unmappable(why: z.ZodError | string): Mapped {
  return { kind: 'dead', reason: 'unmappable', detail: typeof why === 'string' ? why : firstFault(why) };
}

function firstFault(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `/${issue.path.join('/')}: ${issue.message}` : error.message;
}
