import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonAt, listAt, numberAt, textAt } from '../../src/core/read.ts';

const payload = { id: 12, name: 'Ann', empty: '', none: null, list: [{ n: '4.5' }, { n: 'four' }], deep: { ok: true } };

describe('reading a payload', () => {
  it('finds what stands at a path', () => {
    expect(jsonAt(payload, 'deep', 'ok')).toBe(true);
    expect(textAt(payload, 'name')).toBe('Ann');
    expect(textAt(payload, 'id')).toBe('12');
    expect(numberAt(payload, 'list', 0, 'n')).toBe(4.5);
    expect(jsonAt(payload, 'list', -1, 'n')).toBe('four');
    expect(listAt(payload, 'list')).toHaveLength(2);
  });

  it('gives undefined, or an empty list, for a path that leads nowhere and for what is something else', () => {
    expect(jsonAt(payload, 'none', 'further')).toBeUndefined();
    expect(textAt(payload, 'empty')).toBeUndefined();
    expect(textAt(payload, 'deep')).toBeUndefined();
    expect(numberAt(payload, 'list', 1, 'n')).toBeUndefined();
    expect(numberAt(payload, 'empty')).toBeUndefined();
    expect(listAt(payload, 'name')).toEqual([]);
    expect(jsonAt(undefined, 'anything')).toBeUndefined();
  });

  it('never finds what every object has by birth', () => {
    for (const name of ['constructor', '__proto__', 'toString']) expect(jsonAt(payload, name)).toBeUndefined();
    expect(jsonAt(payload, 'list', 'length')).toBeUndefined();
  });

  it('throws for nothing a provider may send', () => {
    const path = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 5 });
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), path, (text, steps) => {
        const json = JSON.parse(text);
        jsonAt(json, ...steps);
        textAt(json, ...steps);
        numberAt(json, ...steps);
        listAt(json, ...steps);
      }),
    );
  });
});
