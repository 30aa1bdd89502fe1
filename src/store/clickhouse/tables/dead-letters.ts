import type { Rewriting } from './rewriting.ts';

/** DEADLETTERS → `dead_letters`: the columns have the names of a DeadLetter's fields, so its bytes are the row. */
export const deadLetters: Rewriting = {
  stream: 'DEADLETTERS',
  tables: ['dead_letters'],
  pull: 50,
  keeps: () => true,
  write: ({ sequence, storedAt, data }, rows) => rows('dead_letters').splice(sequence, `"storedAt":${storedAt},`, data),
};
