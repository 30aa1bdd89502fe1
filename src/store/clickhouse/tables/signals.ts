import type { Commit } from '../../../core/commit.ts';
import type { Rewriting } from './rewriting.ts';

/** SIGNALS → `scores` and `insights`: what a commit says, a row each. Its alerts come by ALERTS, its dead inputs by DEADLETTERS. */
export const signals: Rewriting = {
  stream: 'SIGNALS',
  tables: ['scores', 'insights'],
  pull: 20,
  keeps: () => true,
  write: ({ sequence, storedAt, data }, rows) => {
    const commit: Pick<Commit, 'scores' | 'insights'> = JSON.parse(Buffer.from(data).toString());
    for (const score of commit.scores) rows('scores').add(sequence, { ...score, storedAt });
    for (const insight of commit.insights) rows('insights').add(sequence, { ...insight, storedAt });
  },
};
