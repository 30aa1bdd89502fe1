import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementsOf } from '../../src/store/clickhouse/tables/elements.ts';

const bytes = (json: unknown) => Buffer.from(JSON.stringify(json));
const parsed = (json: Uint8Array, name: string) =>
  elementsOf(json, name).map((element): unknown => JSON.parse(Buffer.from(element).toString()));

describe('the objects of a list', () => {
  it('are found as they stand there, whatever is in them', () => {
    const objects = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), objects, objects, (writer, scores, insights) => {
        const commit = bytes({ writer, scores, insights });
        expect(parsed(commit, 'scores')).toEqual(JSON.parse(JSON.stringify(scores)));
        expect(parsed(commit, 'insights')).toEqual(JSON.parse(JSON.stringify(insights)));
      }),
    );
  });

  it('are not looked for in what a text quotes', () => {
    expect(parsed(bytes({ writer: '"scores":[{"a":1}]', scores: [{ b: '}],{[\\' }] }), 'scores')).toEqual([
      { b: '}],{[\\' },
    ]);
  });

  it.each(['', '{}', '{"scores":', '{"scores":[{"a":1}', '{"scores":[{"a":"]}'])('are not in %s', (text) => {
    expect(() => elementsOf(Buffer.from(text), 'scores')).toThrow(SyntaxError);
  });
});
