import { expect } from 'vitest';
import { createAsking } from '../../src/store/query/ask.ts';
import type { TableName } from '../../src/store/store.ts';
import {
  anAuditEntry,
  anEvent,
  anInsight,
  aLetter,
  aScore,
  aTask,
  aTransition,
  openTestStore,
  testLimits,
} from '../support/store.ts';

export const secret = 'globex-secret';

/** A store with as many rows of two organisations, one of which asks and is not to see the other's. */
export async function openTwoOrganisations() {
  const { store, path, close } = await openTestStore();
  const asking = createAsking({ store, limits: testLimits });
  const rows: object[] = [];
  const insert = async (table: TableName, lines: readonly object[]): Promise<void> => {
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await store.insert(table, bytes)).toEqual({ kind: 'stored' });
  };
  for (const [org, word] of [
    ['acme', 'own'],
    ['globex', secret],
  ] as const) {
    // Many rows in one part: an organisation is not told apart by whole parts or granules.
    const events = Array.from({ length: 50 }, (_, index) => ({
      ...anEvent({ id: `${word}-${index}`, org, type: word, entity: `account:${word}`, data: { word, index } }),
      storedAt: 1_700_000_000_000,
    }));
    const { alert, ...happened } = aTransition({ alert: { org, id: word, title: word, entity: `account:${word}` } });
    await insert('scores', [{ ...aScore({ id: word, org, entity: `account:${word}` }), storedAt: 1 }]);
    await insert('insights', [{ ...anInsight({ id: word, org, title: word }), storedAt: 1 }]);
    await insert('tasks', [{ ...aTask({ id: word, org, goal: word }), storedAt: 1 }]);
    await insert('alerts', [{ ...alert, storedAt: 1 }]);
    await insert('alert_transitions', [{ ...alert, ...happened, storedAt: 1 }]);
    await insert('dead_letters', [{ ...aLetter({ id: word, org, detail: word }), storedAt: 1 }]);
    await insert('audit', [{ ...anAuditEntry({ id: word, org, why: word }), storedAt: 1 }]);
    rows.push(...events);
  }
  await insert('events', rows);

  const ask = (sql: string, more: { params?: Record<string, string>; settings?: Record<string, string> } = {}) =>
    asking.ask({ org: 'acme', sql, format: 'TSV', params: {}, settings: {}, ...more });
  const answerTo = async (sql: string, more = {}): Promise<string> => {
    const answer = await ask(sql, more);
    if (answer.kind === 'refused') throw new Error(`${sql} was refused: ${answer.message}`);
    return answer.body.toString().trim();
  };
  return { store, path, close, asking, ask, answerTo };
}
