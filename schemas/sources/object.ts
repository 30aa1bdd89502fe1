import { z } from 'zod';

/*
 * The schemas here name what weir cannot do without. Other keys are let through unread: a payload is checked with them,
 * and kept as it came.
 */

/** An object with whatever in it, which is not looked into: some have a hundred keys. */
export const anyObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Expected an object',
);
