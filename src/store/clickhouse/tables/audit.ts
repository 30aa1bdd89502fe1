import type { Rewriting } from './rewriting.ts';

/** AUDIT → `audit`: the columns have the names of an AuditEntry's fields, so its bytes are the row. */
export const audit: Rewriting = {
  stream: 'AUDIT',
  tables: ['audit'],
  pull: 100,
  keeps: () => true,
  write: ({ sequence, storedAt, data }, rows) => rows('audit').splice(sequence, `"storedAt":${storedAt},`, data),
};
