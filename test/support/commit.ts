import type { Commit } from '../../src/core/commit.ts';

/** A commit of one record that says nothing but what is given. */
export const aCommit = (given: Partial<Commit> = {}): Commit => ({
  writer: 'w',
  partition: 0,
  applied: 0,
  from: 1,
  to: 1,
  created: '2026-03-01T00:00:00.000Z',
  storedAt: 0,
  scores: [],
  insights: [],
  alertObservations: [],
  tasks: [],
  examples: [],
  dead: [],
  late: [],
  ...given,
});
