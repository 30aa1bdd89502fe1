import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClickHouseStore } from '../../src/store/clickhouse/client.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import type { Asking, Store } from '../../src/store/store.ts';
import { startClickHouse, type TestClickHouse } from '../support/clickhouse-server.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { anEvent, testLimits } from '../support/store.ts';

let path: string;
let server: TestClickHouse;
let store: Store;
let asking: Asking;

beforeAll(async () => {
  path = newFolder();
  server = await startClickHouse({ path });
  store = await createClickHouseStore({ url: server.url });
  asking = createAsking({ store, limits: testLimits });
});
afterAll(async () => {
  await store.close();
  await server.close();
  removeFolder(path);
});

const rows = (...events: object[]) => Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
const row = (id: string, org: string) => ({ ...anEvent({ id, org }), storedAt: 1_700_000_000_000 });

async function answerTo(sql: string, params: Record<string, string> = {}): Promise<string> {
  const answer = await asking.ask({ org: 'acme', sql, format: 'TSV', params, settings: {} });
  return answer.kind === 'answered' ? answer.body.toString().trim() : `${answer.code} ${answer.type}`;
}

describe('a ClickHouse server', () => {
  it('counts rows that come again once, refuses a bad one, and answers an organisation with its own', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await store.insert('events', rows(row('e1', 'acme'), row('e2', 'globex')))).toEqual({
        kind: 'stored',
      });
    }
    expect(await store.insert('events', rows({ ...row('e3', 'acme'), time: 'soon' }))).toMatchObject({
      kind: 'refused',
    });
    expect(await answerTo('SELECT id, org FROM events')).toBe('e1\tacme');
    expect(await answerTo("SELECT count() FROM weir.source_freshness WHERE org = 'globex'")).toBe('0');
  });

  it('has both walls before it, and takes parameters as they are', async () => {
    expect(await answerTo("SELECT file('/etc/passwd')")).toBe('497 ACCESS_DENIED');
    expect(await answerTo('SELECT * FROM schema_migrations')).toBe('497 ACCESS_DENIED');
    expect(await answerTo('SELECT total_rows FROM system.tables')).toBe('497 ACCESS_DENIED');
    expect(await answerTo('SELECT 1; SELECT 2')).toBe('62 SYNTAX_ERROR');
    expect(await answerTo('SELECT name FROM system.databases')).toBe('weir');
    expect(await answerTo('SELECT {a:String}', { a: "it\\'s\\\\ here" })).toBe("it\\'s\\\\ here");
  });

  it('may go away: inserts and questions say so, and work again when it is back', async () => {
    const port = Number(new URL(server.url).port);
    await server.close();
    await expect(store.insert('events', rows(row('e4', 'acme')))).rejects.toMatchObject({
      code: 'store-unavailable',
    });
    await expect(answerTo('SELECT 1')).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await store.healthy()).toBe(false);
    server = await startClickHouse({ port, path });
    expect(await store.healthy()).toBe(true);
    expect(await answerTo('SELECT 1')).toBe('1');
  });
});
