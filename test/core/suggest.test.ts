import { expect, test } from 'vitest';
import { didYouMean, suggest } from '../../src/core/suggest.ts';

test('what was probably meant is named: a letter put in, left out, changed, or two that changed places', () => {
  const known = ['port', 'host', 'retention', 'HOME'];
  expect(['portt', 'prot', 'pirt', 'hst'].map((word) => suggest(word, known))).toEqual([
    'port',
    'port',
    'port',
    'host',
  ]);
  expect(suggest('retnetoin', known)).toBe('retention');
  expect(suggest('reten', known)).toBe('retention');
  expect(didYouMean('prot', known)).toBe('; did you mean "port"?');
});

test('nothing is named where nothing is near', () => {
  expect(suggest('NOPE', ['HOME', 'LANG', 'PATH'])).toBeUndefined();
  expect(didYouMean('NOPE', ['HOME'])).toBe('');
});
