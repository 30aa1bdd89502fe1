import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { natsMissing, startNats } from '../support/nats.ts';
import { freePort } from '../support/port.ts';
import { newFolder } from '../support/folder.ts';
import { run } from './support.ts';

const source = new URL('../../src/', import.meta.url).pathname;
const define = `import { definePipeline } from '${source}pipeline/define.ts';`;
const rxjs = new URL('../../node_modules/rxjs', import.meta.url).pathname;

const good = (name: string) => `${define}
import { map } from '${rxjs}';

export default definePipeline({
  name: '${name}',
  version: 1,
  description: 'Scores every call alike',
  streams: ['gong'],
  makes: ['same'],
  run: (input) => input.pipe(map(() => ({ output: 'score' as const, name: 'same', subject: null, value: 1, confidence: 1, contributions: [] }))),
});
`;

const cases = (value: number) => `import { cases, event } from '${source}pipeline/cases.ts';

export default cases([
  {
    name: 'a call',
    given: [event({ type: 'gong.call', stream: 'gong', time: '2026-01-01T00:00:00Z', entity: 'account:a' })],
    expect: { scores: [{ name: 'same', value: ${value} }] },
  },
]);
`;

describe('weir check', () => {
  test('finds nothing wrong with what comes with weir', async () => {
    const { code, out } = await run(['check']);
    expect(out).toMatch(/looked at: configuration, \d+ pipelines with \d+ cases, \d+ schemas, the data folder/);
    expect(code).toBe(0);
  });

  test('names an unknown key, a bad pipeline and an unreachable NATS, each with file and line', async () => {
    const pipelines = newFolder({
      'syntax.ts': "export default {\n  name: 'syntax'\n  version: 1,\n};\n",
      'typed.ts': `${good('typed')}const wrong: number = 'no';\n`,
      'typed.cases.ts': cases(1),
      'nothing.ts': `${define}\nexport const pipeline = definePipeline({} as never);\n`,
      'unmet.ts': good('unmet'),
      'unmet.cases.ts': cases(2),
    });
    const closed = await freePort();
    const cwd = newFolder({
      'weir.yaml': `http:\n  prot: 1\nlog:\n  url: nats://127.0.0.1:${closed}\npipelines: ${pipelines}\n`,
    });
    const { code, out } = await run(['check'], { cwd });
    const found = out.replaceAll(`${pipelines}/`, '').split('\n');
    const expected = [
      /^weir.yaml:2:3: error: http.prot: unknown key; did you mean "port"\?/,
      /^weir.yaml:4:8: error: log.url: NATS cannot be used: /,
      /^syntax.ts:3:\d+: error: /,
      /^nothing.ts:2:25: error: has no pipeline as its default export/,
      /^typed.ts:12:7: error: TS2322/,
      /^unmet.cases.ts:5:5: error: pipeline "unmet", case "a call" \(straight\): /,
    ];
    for (const line of expected) expect(found).toContainEqual(expect.stringMatching(line));
    expect(code).toBe(1);
  });

  test('names an import that leads nowhere once, where it stands, and nothing that only follows from it', async () => {
    const importing = (name: string, from: string) =>
      `import { weight } from '${from}';\n${good(name)}weight(1, 'x');\n`;
    const pipelines = newFolder({
      'file.ts': importing('file', './gone.ts'),
      'file.cases.ts': cases(1),
      'package.ts': importing('package', 'no-such-package'),
      'unreadable.ts': importing('unreadable', './parts/unreadable.ts'),
    });
    mkdirSync(join(pipelines, 'parts'));
    writeFileSync(join(pipelines, 'parts', 'unreadable.ts'), 'export const weight = 1;\nexport const half = 1 +;\n');
    const set = 'orgs: { acme: { settings: { file: { from: 1 } } } }';
    const cwd = newFolder({ 'weir.yaml': `pipelines: ${pipelines}\n${set}\n` });
    const { out } = await run(['check', '--offline'], { cwd });
    expect(out.replaceAll(`${pipelines}/`, '').split('\n').slice(0, -2).toSorted()).toEqual([
      expect.stringMatching(/^file.ts:1:24: error: there is no ".\/gone.ts" to import$/),
      expect.stringMatching(/^package.ts:1:24: error: there is no "no-such-package" to import: is it installed/),
      expect.stringMatching(/^parts\/unreadable.ts:2:\d+: error: /),
    ]);
  });

  test('gives the same as JSON', async () => {
    const cwd = newFolder({ 'weir.yaml': `partitions: 0\npipelines: ${newFolder({})}\n` });
    const { code, out } = await run(['check', '--json', '--offline'], { cwd });
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      findings: [{ file: join(cwd, 'weir.yaml'), line: 1, column: 13, severity: 'error' }],
    });
    expect(code).toBe(1);
  });

  test('names a ClickHouse that does not answer, without its password', async () => {
    const env = { CLICKHOUSE_URL: `http://weir:hunter22@127.0.0.1:${await freePort()}` };
    const cwd = newFolder({ 'weir.yaml': `pipelines: ${newFolder({})}\n` });
    const { code, out } = await run(['check'], { env, cwd });
    expect(out).toMatch(/^\$CLICKHOUSE_URL: error: store.url: ClickHouse cannot be used: /m);
    expect(out).not.toContain('hunter22');
    expect(code).toBe(1);
  });

  test.skipIf(natsMissing() !== undefined)('names a NATS that takes too little at once', async () => {
    const nats = await startNats({ config: 'max_payload: 262144' });
    const cwd = newFolder({ 'weir.yaml': `pipelines: ${newFolder({})}\n` });
    const { code, out } = await run(['check'], { env: { NATS_URL: nats.url }, cwd });
    await nats.stop();
    expect(out).toMatch(/^\$NATS_URL: error: log.url: NATS cannot be used: .*max_payload/m);
    expect(code).toBe(1);
  });

  test.skipIf(natsMissing() !== undefined)('is let in by a NATS that takes a token, as the daemon is', async () => {
    const nats = await startNats({ config: 'authorization { token: "hunter22" }' });
    const cwd = newFolder({ 'weir.yaml': `pipelines: ${newFolder({})}\n` });
    const checkWith = (token: string) =>
      run(['check'], { env: { NATS_URL: nats.url.replace('//', `//${token}@`) }, cwd });
    try {
      expect(await checkWith('hunter22')).toMatchObject({ code: 0 });
      expect((await checkWith('another')).out).toContain('log.url: NATS cannot be used');
    } finally {
      await nats.stop();
    }
  });
});
