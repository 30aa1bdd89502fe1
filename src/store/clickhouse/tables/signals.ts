import { elementsOf } from './elements.ts';
import type { Rewriting } from './rewriting.ts';

/**
 * SIGNALS → `scores` and `insights`: what a commit says, a row each, its bytes as they stand in the commit. Its alerts come by
 * ALERTS, its dead inputs by DEADLETTERS.
 */
export const signals: Rewriting = {
  stream: 'SIGNALS',
  tables: ['scores', 'insights'],
  pull: 20,
  keeps: () => true,
  write: ({ sequence, storedAt, data }, rows) => {
    const head = `"storedAt":${storedAt},`;
    const insights = elementsOf(data, 'insights');
    for (const score of elementsOf(data, 'scores')) rows('scores').splice(sequence, head, score);
    for (const insight of insights) rows('insights').splice(sequence, head, insight);
  },
};
