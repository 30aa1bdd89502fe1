import { beforeEach, describe, expect, test } from 'vitest';
import type { Identity } from '../../src/auth/identity.ts';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import { deadLetterRoutes } from '../../src/http/routes/deadletters.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { serverOf } from '../support/serving.ts';

let log: MemoryLog;
let replayed: DeadLetter[];

beforeEach(() => {
  log = createMemoryLog({ now: () => 0 });
  replayed = [];
});

describe('dead letters', () => {
  test('are listed newest first, page by page, each once, without their bytes', async () => {
    for (let n = 1; n <= 150; n += 1) {
      await keep('acme', `a${n}`);
      await keep('other', `o${n}`);
    }
    const ask = await asking();
    const ids: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page = await ask(`/deadletters?limit=40${next && `&before=${next}`}`);
      expect(page.deadLetters[0]).not.toHaveProperty('body');
      ids.push(...page.deadLetters.map(({ id }: DeadLetter) => id));
      next = page.next;
    }
    expect(ids).toEqual(Array.from({ length: 150 }, (_, index) => `a${150 - index}`));
  });

  test('end where the page is full exactly', async () => {
    for (const id of ['one', 'two']) await keep('acme', id);
    expect((await (await asking())('/deadletters?limit=2')).next).toBeNull();
  });

  test('are found behind many of others', async () => {
    await keep('acme', 'old');
    for (let n = 1; n <= 1_000; n += 1) await keep('other', `o${n}`);
    const page = await (await asking())('/deadletters');
    expect(page).toMatchObject({ deadLetters: [{ id: 'old' }], next: null });
  });

  test('none are none', async () => {
    expect(await (await asking())('/deadletters')).toEqual({ deadLetters: [], next: null });
  });

  test('are shown whole, one by one', async () => {
    await keep('acme', 'one');
    expect(await (await asking())('/deadletters/one')).toEqual(letter('acme', 'one'));
  });

  test('of others are not there', async () => {
    await keep('other', 'secret');
    const ask = await asking();
    expect(await ask('/deadletters/secret')).toMatchObject({ type: 'urn:weir:error:not-found' });
    expect(await ask('/deadletters/secret/replay', 'POST')).toMatchObject({ type: 'urn:weir:error:not-found' });
    expect(await ask('/deadletters?org=other')).toMatchObject({ type: 'urn:weir:error:not-allowed' });
    expect(replayed).toEqual([]);
  });

  test('are handed to intake again as they came', async () => {
    await keep('acme', 'one');
    expect(await (await asking())('/deadletters/one/replay', 'POST')).toEqual({ accepted: 1 });
    expect(replayed).toEqual([letter('acme', 'one')]);
  });

  test('are handed in again only by those who may push', async () => {
    await keep('acme', 'one');
    const ask = await asking({ rights: ['read'] });
    expect(await ask('/deadletters/one/replay', 'POST')).toMatchObject({ type: 'urn:weir:error:not-allowed' });
  });

  test.each(['limit=0', 'limit=1000', 'limit=x', 'org=a.*', 'before=gone', 'after=x'])(
    'are not listed by %s',
    async (query) => {
      expect((await (await asking())(`/deadletters?${query}`)).status).toBeGreaterThanOrEqual(400);
    },
  );
});

async function asking(more: Partial<Identity> = {}) {
  const identity: Identity = { subject: 'ada', org: 'acme', roles: [], rights: ['read', 'push'], ...more };
  const server = await serverOf(
    deadLetterRoutes({
      log,
      authenticator: { required: true, identify: async () => identity },
      orgs: ['acme', 'other'],
      replay: async (each) => {
        replayed.push(each);
        return { accepted: 1 };
      },
    }),
  );
  return async (url: string, method: 'GET' | 'POST' = 'GET') => (await server.inject({ method, url })).json();
}

async function keep(org: string, id: string): Promise<void> {
  const data = Buffer.from(JSON.stringify(letter(org, id)));
  await log.append({ stream: 'DEADLETTERS', subject: subjects.deadLetter(org, 'intake'), data });
}

function letter(org: string, id: string): DeadLetter {
  return {
    id,
    org,
    hop: 'intake',
    source: 'stripe',
    reason: 'unmappable',
    detail: 'no customer',
    eventId: null,
    at: '2026-03-01T12:00:00.000Z',
    events: 1,
    body: 'e30=',
    contentType: 'application/json',
  };
}
