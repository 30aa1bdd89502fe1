import { runOfTask, type TaskRequest } from '../../../core/commit.ts';
import { elementsOf, endOfString } from './elements.ts';
import type { Rewriting } from './rewriting.ts';

/**
 * SIGNALS → `scores`, `insights` and `tasks`: what a commit says, a row each, its bytes as they stand in the commit; a task with the
 * run it may have started. Its alerts come by ALERTS, its dead inputs by DEADLETTERS.
 */
export const signals: Rewriting = {
  stream: 'SIGNALS',
  tables: ['scores', 'insights', 'tasks'],
  pull: 20,
  keeps: () => true,
  write: ({ sequence, storedAt, data }, rows) => {
    const head = `"storedAt":${storedAt},`;
    const insights = elementsOf(data, 'insights');
    // Read before there is any row: of a commit that cannot be read there shall be none.
    const tasks = elementsOf(data, 'tasks').map((bytes) => [runIn(bytes), bytes] as const);
    const ordinals = new Map<string, number>();
    for (const score of elementsOf(data, 'scores')) {
      const whose = ownerOf(score);
      const ordinal = ordinals.get(whose) ?? 0;
      ordinals.set(whose, ordinal + 1);
      rows('scores').splice(sequence, `${head}"ordinal":${ordinal},`, score);
    }
    for (const insight of insights) rows('insights').splice(sequence, head, insight);
    for (const [run, task] of tasks) rows('tasks').splice(sequence, `${head}"run":"${run}",`, task);
  },
};

function runIn(bytes: Uint8Array): string {
  const task: TaskRequest = JSON.parse(Buffer.from(bytes).toString());
  return runOfTask(task);
}

/**
 * The bytes of a score's `org` and `entity`, unread: commits write the one right before the other. Scores are counted by entity, for
 * a count over all would tell an organisation how many others have.
 */
function ownerOf(score: Uint8Array): string {
  const bytes = Buffer.from(score.buffer, score.byteOffset, score.byteLength);
  // Within a string the quotes would be escaped.
  const from = Math.max(0, bytes.indexOf(',"org":"', 0, 'latin1'));
  const entity = bytes.indexOf(entityField, from, 'latin1');
  return entity < 0 ? '' : bytes.toString('latin1', from, endOfString(bytes, entity + entityField.length));
}

const entityField = ',"entity":"';
