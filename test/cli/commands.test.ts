import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { run } from './support.ts';
import { daemon } from './a-daemon.ts';

describe('every command', () => {
  const names = ['start', 'tail', 'query', 'explain', 'check', 'simulate', 'demo', 'mcp'].concat(
    ...['list', 'show', 'replay'].map((name) => `deadletters ${name}`),
    ...['list', 'show', 'acknowledge', 'resolve'].map((name) => `alerts ${name}`),
    ...['list', 'show', 'release'].map((name) => `model ${name}`),
    ...['list', 'show', 'watch', 'cancel', 'approve', 'deny'].map((name) => `runs ${name}`),
  );

  test.each(names)('%s has --help and --json', async (name) => {
    const { code, out } = await run([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out).toContain('--json');
    expect(out).toContain(`Usage: weir ${name}`);
  });

  test('answers a wrong call with 2 and says how', async () => {
    const calls = [
      'nonsense',
      'query',
      'query --param limit SELECT',
      'tail --min-severity awful',
      'tail --count 0',
      'tail --url nowhere',
      'tail --url localhost:8420',
      'tail --from yesterday',
      'deadletters list --limit many',
      'deadletters show',
      'model release deal_propensity newest --why test',
      'model release deal_propensity 3',
      'runs list --limit many',
      'runs show not-an-id',
      'runs cancel abcdef',
      'simulate --rate -1',
      'simulate --scenario none',
      'demo --for soon',
      'demo --port 0',
      'check --nope',
    ];
    for (const call of calls) {
      const { code, err } = await run(call.split(' '));
      expect(code, call).toBe(2);
      expect(err).toMatch(/error: .*\n.*--help/s);
    }
  });

  test('says its version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' });
  });

  test('that asks a daemon says where none answers, and exits 1', async () => {
    const url = 'http://127.0.0.1:1';
    for (const argv of [['query', 'SELECT 1'], ['explain', 'id'], ['deadletters', 'list'], ['tail']]) {
      const { code, err } = await run([...argv, '--url', url]);
      expect(code, argv[0]).toBe(1);
      expect(err).toContain(`No daemon answers at ${url}`);
      expect(err).toContain('weir start');
    }
  });

  test.each([
    ['application/json', '{"a":1}'],
    ['text/html', '<html></html>'],
  ])('says so where what answers is not weir: %s', async (type, body) => {
    const url = await daemon((_, response) => response.setHeader('content-type', type).end(body));
    const id = 'a'.repeat(32);
    for (const call of [
      'runs list',
      `runs show ${id}`,
      `runs watch ${id}`,
      'deadletters list',
      'model list',
      'explain abc',
      'tail',
    ]) {
      const { code, err } = await run([...call.split(' '), '--url', url]);
      expect([call, code]).toEqual([call, 1]);
      expect(err).toMatch(/^weir: What answered|^weir: What answers at http/);
      expect(err).not.toMatch(/ {4}at |invalid_type/);
    }
  });

  test('asks where the configuration says, with the token of the environment', async () => {
    const seen: IncomingMessage[] = [];
    const url = await daemon((request, response) => {
      seen.push(request);
      response.end('1\n');
    });
    const env = { WEIR_HTTP_PORT: new URL(url).port, WEIR_TOKEN: 'the-token' };
    expect(await run(['query', 'SELECT 1'], { env })).toMatchObject({ code: 0, out: '1\n' });
    expect(seen[0]?.headers.authorization).toBe('Bearer the-token');
  });
});

describe('weir query', () => {
  test('asks in ClickHouse SQL with parameters and a format', async () => {
    const seen: { url: URL; body: string }[] = [];
    const url = await daemon(async (request, response) => {
      seen.push({ url: new URL(request.url ?? '', 'http://x'), body: await bodyOf(request) });
      response.end('ok\n');
    });
    const sql = 'SELECT {n:UInt8}';
    await run(['query', sql, '--param', 'n=1', '--param', 's=a=b', '--format', 'CSV', '--org', 'acme', '--url', url]);
    await run(['query', sql, '--json', '--url', url]);
    await run(['query', sql, '--url', url]);
    expect(seen[0]?.body).toBe(sql);
    expect(Object.fromEntries(seen[0]?.url.searchParams ?? [])).toEqual({
      default_format: 'CSV',
      param_n: '1',
      param_s: 'a=b',
      org: 'acme',
    });
    expect(seen[1]?.url.searchParams.get('default_format')).toBe('JSONEachRow');
    expect(seen[2]?.url.searchParams.get('default_format')).toBe('PrettyCompactNoEscapes');
  });

  test('says what ClickHouse says, and exits 1', async () => {
    const url = await daemon((_, response) => response.writeHead(400).end('Code: 62. DB::Exception: Syntax error'));
    const { code, out, err } = await run(['query', 'SELEC', '--url', url]);
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'weir: Code: 62. DB::Exception: Syntax error\n' });
  });

  test('says where the token is taken from where ClickHouse’s form says that there is none', async () => {
    const url = await daemon((_, response) => response.writeHead(401).end('Code: 516. DB::Exception: No token'));
    expect((await run(['query', 'SELECT 1', '--url', url])).err).toBe(
      'weir: Code: 516. DB::Exception: No token (the token is taken from WEIR_TOKEN)\n',
    );
  });

  test('says what a problem document says', async () => {
    const problem = { title: 'No token was given', detail: 'Send one.' };
    const url = await daemon((_, response) =>
      response
        .writeHead(401, { 'content-type': 'application/problem+json; charset=utf-8' })
        .end(JSON.stringify(problem)),
    );
    expect((await run(['query', 'SELECT 1', '--url', url])).err).toContain(
      'No token was given. Send one. (the token is taken from WEIR_TOKEN)',
    );
  });
});

describe('weir deadletters', () => {
  const letter = (id: string, detail = 'no customer') => ({
    id,
    at: '2026-03-01T12:00:00.000Z',
    hop: 'intake',
    source: 'stripe',
    events: 1,
    reason: 'unmappable',
    detail,
  });

  test('lists through pages, as a table or as JSON', async () => {
    const url = await daemon((request, response) => {
      const before = new URL(request.url ?? '', 'http://x').searchParams.get('before');
      const page = before ? { deadLetters: [letter('b')], next: null } : { deadLetters: [letter('a')], next: 'a' };
      response.end(JSON.stringify(page));
    });
    const { out } = await run(['deadletters', 'list', '--url', url]);
    const [header, ...rows] = out.trimEnd().split('\n');
    expect(header).toMatch(/^id +at +hop +source +events +reason +detail$/);
    expect(rows.map((row) => row[0])).toEqual(['a', 'b']);
    const json: unknown = JSON.parse((await run(['deadletters', 'list', '--json', '--url', url])).out);
    expect(json).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    expect(JSON.parse((await run(['deadletters', 'list', '--json', '--limit', '1', '--url', url])).out)).toHaveLength(
      1,
    );
  });

  test('lets nothing in a letter speak to the terminal', async () => {
    const body = Buffer.from('\u001B[2Jcleared').toString('base64');
    const evil = letter('a', '\u001B]0;owned\u0007');
    const url = await daemon((request, response) =>
      response.end(
        JSON.stringify(request.url?.includes('/a') ? { ...evil, body } : { deadLetters: [evil], next: null }),
      ),
    );
    for (const argv of [['list'], ['show', 'a']]) {
      const { out, code } = await run(['deadletters', ...argv, '--url', url]);
      expect(code).toBe(0);
      expect(out).not.toContain('\u001B');
      expect(out).not.toContain('\u0007');
    }
  });

  test('replays several, goes on after one that cannot be, and exits 1 for it', async () => {
    const url = await daemon((request, response) => {
      if (request.url?.includes('/gone/')) {
        response
          .writeHead(404, { 'content-type': 'application/problem+json' })
          .end('{"title":"No such thing","detail":"gone"}');
      } else response.end(answer({ accepted: 1 }));
    });
    const { code, out, err } = await run(['deadletters', 'replay', 'a', 'gone', 'b', '--url', url]);
    expect(out).toBe('a  1 accepted\nb  1 accepted\n');
    expect(err).toContain('gone: No such thing. gone');
    expect(code).toBe(1);
  });

  test('says of a letter that nothing can be made of again that it is dead again, and exits 1', async () => {
    const url = await daemon((request, response) =>
      response.end(
        request.url?.includes('/b/')
          ? answer({ duplicates: 1 })
          : answer(request.url?.includes('/a/') ? { accepted: 2, deadLettered: 1 } : { duplicates: 1 }, [
              { reason: 'unmappable', detail: 'id: expected text' },
            ]),
      ),
    );
    const { code, out, err } = await run(['deadletters', 'replay', 'a', 'b', 'c', '--url', url]);
    expect(out).toBe('a  2 accepted, 1 still dead\nb  1 in the log already\nc  1 still dead\n');
    for (const id of ['a', 'c']) {
      expect(err).toContain(`${id}: is a dead letter again, unmappable: id: expected text`);
    }
    expect(err).not.toContain('b:');
    expect(code).toBe(1);
  });

  const answer = (events: Readonly<Record<string, number>>, deadAgain: readonly object[] = []) =>
    JSON.stringify({ accepted: 0, duplicates: 0, ignored: 0, deadLettered: 0, ids: [], ...events, deadAgain });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
