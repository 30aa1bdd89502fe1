import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { asyncapi } from '../../schemas/asyncapi.ts';
import { clientMessages, closeCodes, serverMessages } from '../../schemas/push.ts';

const document = asyncapi('1.2.3');

/** Every `$ref` of a document. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' && typeof part === 'string' ? [part] : refsIn(part),
  );
}

function at(pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((here, step) => z.record(z.string(), z.unknown()).parse(here)[step], document);
}

describe('the AsyncAPI document', () => {
  test('is of version 3 and carries the daemon’s own version', () => {
    expect(document).toMatchObject({ asyncapi: '3.0.0', info: { title: 'weir', version: '1.2.3' } });
  });

  test('points nowhere that is not in it, and survives JSON', () => {
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) expect(at(ref), ref).toBeDefined();
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  test('has every message of the protocol, every close code and the NATS subject', () => {
    const { messages } = document.components;
    const types = [...Object.keys(clientMessages), ...Object.keys(serverMessages)];
    expect(Object.keys(messages)).toHaveLength(types.length + 1);
    for (const type of types) {
      const payloads = Object.values(messages).filter(({ name }) => name === type);
      expect(payloads, type).toMatchObject([{ payload: { properties: { type: { const: type } } } }]);
    }
    for (const { code } of Object.values(closeCodes)) expect(document.info.description).toContain(String(code));
    expect(document.channels.intake.address).toBe('weir.intake.{org}.{source}');
  });
});
