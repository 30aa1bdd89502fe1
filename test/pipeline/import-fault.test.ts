import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importFault } from '../../src/pipeline/import-fault.ts';
import { newFolder } from '../support/folder.ts';

const folder = newFolder({
  'gong.ts':
    "import { map } from 'rxjs';\nimport { weight } from './weight.ts';\nexport { more } from '/opt/more.ts';\n",
  'old.ts': "const { half } = require('half-way/parts');\n",
});
const gong = join(folder, 'gong.ts');
const old = join(folder, 'old.ts');

/** What Node says, of modules of both kinds. */
test.each<[what: string, error: Error, at: string, specifier: string]>([
  [
    'a file',
    new Error(`Cannot find module '${folder}/weight.ts' imported from ${gong}`),
    `${gong}:2:24`,
    './weight.ts',
  ],
  [
    'a file far away',
    new Error(`Cannot find module '/opt/more.ts' imported from ${gong}`),
    `${gong}:3:22`,
    '/opt/more.ts',
  ],
  ['a package', new Error(`Cannot find package 'rxjs' imported from ${gong}`), `${gong}:1:21`, 'rxjs'],
  [
    'a folder',
    new Error(`Directory import '${folder}/weight.ts' is not supported resolving ES modules imported from ${gong}`),
    `${gong}:2:24`,
    './weight.ts',
  ],
  [
    'part of a package',
    new Error(`Cannot find package 'half-way' imported from ${old}`),
    `${old}:1:26`,
    'half-way/parts',
  ],
  [
    'what is required',
    Object.assign(new Error(`Cannot find module './weight.ts'\nRequire stack:\n- ${gong}`), {
      requireStack: ['/usr/lib/x.js', gong],
    }),
    `${gong}:2:24`,
    './weight.ts',
  ],
])('%s that is not there is told at its import', (_, error, at, specifier) => {
  const { file, line, column, message, loading } = importFault(error, folder, old);
  expect(`${file}:${line}:${column}`).toBe(at);
  expect(message).toContain(`there is no "${specifier}" to import`);
  expect(loading).toBe(old);
});

test('what is thrown on import is told where it was thrown, else of the file that was to be loaded', () => {
  const thrown = Object.assign(new Error('too much'), {
    stack: `Error: too much\n    at file:///opt/a.ts:1:1\n    at file://${gong}:2:9`,
  });
  expect(importFault(thrown, folder, old)).toEqual({
    loading: old,
    file: gong,
    line: 2,
    column: 9,
    message: 'too much',
  });
  expect(importFault('half done', folder, old)).toMatchObject({ file: old, line: 1, message: 'half done' });
  const elsewhere = new Error("Cannot find package 'x' imported from /opt/lib/index.js");
  expect(importFault(Object.assign(elsewhere, { stack: '' }), folder, old)).toMatchObject({
    file: old,
    line: 1,
    message: elsewhere.message,
  });
});
