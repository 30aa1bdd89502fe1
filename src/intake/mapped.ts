import type { z } from 'zod';
import { misfitsOf, pointed } from '../core/misfits.ts';
import type { EventDraft, Mapped } from './source.ts';

export const mapped = (draft: EventDraft): Mapped => ({ kind: 'event', draft });
export const ignored = (reason: string): Mapped => ({ kind: 'ignored', reason });

/** Authentic, but not what the provider's documentation says: kept in the dead letters with the first thing that is wrong. */
export function unmappable(detail: string): Mapped {
  return { kind: 'dead', reason: 'unmappable', detail };
}

/** The same of a payload that breaks its schema. */
export function misfit(schema: z.ZodType, payload: unknown): Mapped {
  const [first] = misfitsOf(schema, payload);
  return unmappable(first ? pointed(first) : 'not as documented');
}
