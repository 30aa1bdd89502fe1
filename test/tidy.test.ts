import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages } from './docs/pages.ts';
import { violations, type Import } from './support/imports.ts';

const root = new URL('..', import.meta.url).pathname;

describe('the three import lines', () => {
  const imports = filesIn('src', '.ts').flatMap(importsOf);

  test('hold everywhere in src', () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(violations(imports)).toEqual([]);
  });

  test.each<[string, Import]>([
    ['core/ imports something of ours', { from: 'src/core/ids.ts', to: 'src/log/log.ts', types: true }],
    ['a folder imports its neighbour', { from: 'src/push/hub.ts', to: 'src/alerts/service.ts', types: true }],
    [
      'a folder imports more than types of a port',
      { from: 'src/alerts/service.ts', to: 'src/store/store.ts', types: false },
    ],
    [
      'scoring/ looks at the pipeline above it',
      { from: 'src/scoring/deal.ts', to: 'src/pipeline/define.ts', types: true },
    ],
    [
      'the door imports an adapter of the log',
      { from: 'src/intake/receive.ts', to: 'src/log/jetstream.ts', types: false },
    ],
    ['something imports the root', { from: 'src/http/server.ts', to: 'src/app.ts', types: true }],
  ])('are broken when %s', (_, planted) => {
    expect(violations([planted])).toHaveLength(1);
  });

  test.each<[string, Import]>([
    ['a port as types', { from: 'src/push/hub.ts', to: 'src/log/log.ts', types: true }],
    ['the helpers of the log port', { from: 'src/push/hub.ts', to: 'src/log/subjects.ts', types: false }],
    [
      'scorers, in the pipeline',
      { from: 'src/pipeline/operators/scored.ts', to: 'src/scoring/scorer.ts', types: true },
    ],
    ['adapters, at the root', { from: 'src/app.ts', to: 'src/log/jetstream.ts', types: false }],
    ['contracts with the outside', { from: 'src/push/hub.ts', to: 'schemas/push.ts', types: false }],
  ])('allow %s', (_, allowed) => {
    expect(violations([allowed])).toEqual([]);
  });

  test('hold for pipelines/, which are written with the public API alone', () => {
    const allowed = /^(src\/(core|scoring)\/|src\/pipeline\/(define|cases|operators\/|evidence)|schemas\/|pipelines\/)/;
    const beyond = filesIn('pipelines', '.ts')
      .flatMap(importsOf)
      .filter(({ to }) => !allowed.test(to));
    expect(beyond).toEqual([]);
  });
});

test('what a schema refuses is worded in one place', () => {
  const files = ['src', 'schemas', 'pipelines'].flatMap((folder) => filesIn(folder, '.ts'));
  const wording = files.filter((file) =>
    /\.issues\b|prettifyError|treeifyError/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(wording).toEqual(['src/core/misfits.ts']);
});

describe('docs match the code', () => {
  test.each(pages)('%s (refresh: npx tsx test/docs/refresh.ts)', (file, page) => {
    expect(readFileSync(join(root, file), 'utf8')).toBe(page());
  });

  test('no relative link leads nowhere', () => {
    const files = ['README.md', 'src/README.md', ...filesIn('docs', '.md')].filter((file) =>
      existsSync(join(root, file)),
    );
    expect(files.length).toBeGreaterThan(3);
    expect(files.flatMap(brokenLinks)).toEqual([]);
  });
});

test('the daemon runs with the same flags wherever it is started from', () => {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const [firstLine = ''] = read('src/main.ts').split('\n');
  const scripts: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'));
  const [entry = ''] = /^ENTRYPOINT .*$/m.exec(read('Dockerfile')) ?? [];
  const flags = [firstLine, scripts.scripts['bench'], scripts.scripts['demo'], entry].map((line) =>
    line?.match(/--[a-z-]+=\d+/g),
  );
  expect(flags[0]).toHaveLength(2);
  for (const each of flags) expect(each).toEqual(flags[0]);
});

test('nothing lies at the top that does not belong there', () => {
  const house = ['package.json', 'package-lock.json', 'tsconfig.json', 'src', 'pipelines', 'schemas', 'test', 'docs'];
  const papers = ['docker-compose.yml', 'Dockerfile', 'README.md', 'CHANGELOG.md'];
  // Made by a checkout that is used, and ignored by git.
  const made = ['node_modules', 'dist', 'data', 'weir.yaml'];
  const known = new Set([...house, ...papers, ...made]);
  const others = readdirSync(root).filter((name) => !name.startsWith('.') && !known.has(name));
  expect(others).toEqual([]);
});

function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

/** Our own imports of a file, as paths from the root. */
function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?([^;'"]*?)from\s+'(\.[^']+)'/gms);
  const dynamic = text.matchAll(/import\(\s*'(\.[^']+)'/g);
  const target = (path: string) => relative(root, resolve(root, dirname(file), path));
  return [
    ...Array.from(statements, ([, type, names = '', path = '']) => ({
      from: file,
      to: target(path),
      types: type !== undefined || onlyTypes(names),
    })),
    ...Array.from(dynamic, ([, path = '']) => ({ from: file, to: target(path), types: false })),
  ];
}

/** `{ type A, type B }` */
function onlyTypes(names: string): boolean {
  const listed = /^\{(.*)\}\s*$/s
    .exec(names.trim())?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return listed !== undefined && listed.length > 0 && listed.every((name) => name.startsWith('type '));
}

function brokenLinks(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/```.*?```/gs, '');
  return Array.from(text.matchAll(/\]\((?!\w+:|#)([^)\s#]+)(?:#[^)]*)?\)/g), ([, link = '']) => link)
    .filter((link) => !existsSync(join(root, dirname(file), link)))
    .map((link) => `${file}: ${link}`);
}
