import type { Rewriting } from './rewriting.ts';

/**
 * EVENTS → `events`. The columns have the names of a StreamEvent's fields, so its bytes are the row: nothing is parsed here, and
 * an event costs a copy. What is not a JSON object ClickHouse refuses, and it becomes a dead letter.
 */
export const events: Rewriting = {
  stream: 'EVENTS',
  tables: ['events'],
  pull: 1_000,
  keeps: ({ subject }) => subject.startsWith('weir.events.'),
  write: ({ sequence, storedAt, data }, rows) => rows('events').splice(sequence, `"storedAt":${storedAt},`, data),
};
