import { CloudEvent as SdkEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isWeirError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { checkEvents, eventsIn } from '../../src/intake/cloudevents.ts';
import { defaultIntakeLimits as limits } from '../../src/intake/limits.ts';
import { sample, sampleJson } from './samples.ts';
import { draftsIn, json, minimal, structured } from './envelopes.ts';

const batch = { 'content-type': 'application/cloudevents-batch+json' };

describe('the modes', () => {
  test('structured: data that is an object is kept as it is, anything else as {value}, bytes as they came', () => {
    expect(draftsIn(structured, sample('cloudevents/structured-json-data.json'))[0]).toMatchObject({
      key: '/mycontext C234-1234-1234',
      type: 'com.example.someevent',
      subject: null,
      time: Date.parse('2018-04-05T17:31:00Z'),
      entity: '/mycontext',
      stream: 'custom',
      data: { appinfoA: 'abc', appinfoB: 123, appinfoC: true },
    });
    expect(draftsIn(structured, sample('cloudevents/structured-xml-string-data.json'))[0]?.data).toEqual({
      value: '<much wow="xml"/>',
    });
    expect(draftsIn(structured, sample('cloudevents/structured-base64-data.json'))[0]?.data).toEqual({
      data_base64: 'AAECAwQFBgc=',
    });
    expect(draftsIn(structured, json({ ...minimal, data: null }))[0]?.data).toEqual({ value: null });
    expect(draftsIn(structured, json({ ...minimal, subject: null, time: null }))[0]).toMatchObject({
      data: {},
      subject: null,
      time: undefined,
    });
  });

  test('batch: its prefix is told from the other one, whatever the case and the parameters; it may be empty', () => {
    expect(draftsIn(batch, sample('cloudevents/batch.json')).map(({ data }) => data)).toEqual([
      { value: 'Hello' },
      { appinfoA: 'abc', appinfoB: 123 },
    ]);
    expect(draftsIn({ 'content-type': 'Application/CloudEvents-Batch+JSON; charset=UTF-8' }, json([]))).toEqual([]);
  });

  test('binary: attributes from headers, the data by its type', () => {
    const vector = z.object({
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      expectedSubject: z.string(),
    });
    const { headers, body, expectedSubject } = vector.parse(sampleJson('cloudevents/binary-mode-request.json'));
    expect(draftsIn(headers, Buffer.from(body))[0]).toMatchObject({ subject: expectedSubject, data: { amount: 12 } });
    const ce = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/here', 'ce-type': 't' };
    const data = (type: string, bytes: Buffer) =>
      draftsIn({ ...ce, ...(type && { 'content-type': type }) }, bytes)[0]?.data;
    expect(data('application/vnd.acme+json', Buffer.from('[1]'))).toEqual({ value: [1] });
    expect(data('text/plain', Buffer.from('Grüße'))).toEqual({ value: 'Grüße' });
    expect(data('image/png', Buffer.from([1, 2, 255]))).toEqual({ data_base64: 'AQL/' });
    expect(data('', Buffer.alloc(0))).toEqual({});
  });

  test('binary: header values are unquoted, then percent-decoded once, and refused where they are no UTF-8', () => {
    const subject = (value: string) =>
      draftsIn(
        { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/h', 'ce-type': 't', 'ce-subject': value },
        Buffer.alloc(0),
      )[0]?.subject;
    expect(subject('"a \\"b\\" %25"')).toBe('a "b" %');
    expect(subject('%2541')).toBe('%41');
    expect(subject('100%')).toBe('100%');
    expect(codeOf(() => subject('%FF'))).toBe('envelope-malformed');
  });

  test.each([
    ['another format', { 'content-type': 'application/cloudevents+avro' }, json(minimal), 'type-unsupported'],
    ['JSON without attributes', { 'content-type': 'application/json' }, json({}), 'type-unsupported'],
    ['nothing', {}, Buffer.alloc(0), 'type-unsupported'],
    ['text that is no JSON', structured, Buffer.from('{'), 'body-malformed'],
    ['a list in structured mode', structured, json([minimal]), 'envelope-malformed'],
    ['one event in batch mode', batch, json(minimal), 'envelope-malformed'],
    ['a batch of numbers', batch, json([1]), 'envelope-malformed'],
    ['a header ce-data', { 'ce-data': 'x', 'ce-id': '1' }, Buffer.alloc(0), 'envelope-malformed'],
    ['a header ce-datacontenttype', { 'ce-datacontenttype': 'text/plain' }, Buffer.alloc(0), 'envelope-malformed'],
    ['more events than the limit', batch, json(Array.from({ length: 1_001 }, () => minimal)), 'too-large'],
  ])('refuses %s', (_, headers, body, code) => {
    expect(codeOf(() => eventsIn({ headers, body }, limits))).toBe(code);
  });

  test('what the CloudEvents SDK sends means the same here, structured and binary', () => {
    const attribute = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' })
      .filter((text) => text.trim() === text);
    const event = fc.record({
      id: attribute,
      type: attribute,
      subject: attribute,
      data: fc.dictionary(
        fc.string(),
        fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('__proto__')),
      ),
    });
    fc.assert(
      fc.property(event, ({ id, type, subject, data }) => {
        fc.pre(!Object.keys(data).includes('__proto__'));
        const sent = new SdkEvent({
          id,
          type,
          subject,
          data,
          source: '/sdk',
          time: '2026-01-02T03:04:05.678Z',
          ext1: 'x',
        });
        const expected = {
          key: `/sdk ${id}`,
          type,
          subject,
          time: Date.parse('2026-01-02T03:04:05.678Z'),
          data: JSON.parse(JSON.stringify(data)),
        };
        const { headers, body } = HTTP.structured(sent);
        expect(draftsIn(lowerCased(headers), Buffer.from(String(body)))[0]).toMatchObject(expected);
      }),
      { numRuns: 100 },
    );
    const sent = new SdkEvent({ id: '1', type: 't', source: '/sdk', subject: 'plain', data: { a: 1 } });
    const { headers, body } = HTTP.binary(sent);
    expect(draftsIn(lowerCased(headers), Buffer.from(String(body)))[0]).toMatchObject({
      key: '/sdk 1',
      subject: 'plain',
      data: { a: 1 },
    });
  });
});

describe('the schema', () => {
  test('names every field that is wrong, in every event', () => {
    const broken = {
      specversion: '0.3',
      id: '',
      source: 'not a uri',
      type: 7,
      subject: '',
      time: 'yesterday',
      datacontenttype: 'json',
      dataschema: '/relative',
      entity: 'a\u0000b',
      stream: 'gossip',
      data: 1,
      data_base64: '***',
      BadName: 'x',
      ext: { nested: true },
    };
    const checked = checkEvents([minimal, broken]);
    expect(checked.kind === 'invalid' && new Set(checked.faults.map(({ pointer }) => pointer))).toEqual(
      new Set([
        '/specversion',
        '/id',
        '/source',
        '/type',
        '/subject',
        '/time',
        '/datacontenttype',
        '/dataschema',
        '/entity',
        '/stream',
        '/data_base64',
        '/BadName',
        '/ext',
      ]),
    );
    expect(checked.kind === 'invalid' && checked.faults.every(({ index }) => index === 1)).toBe(true);
  });

  test.each([
    ['no id', { id: undefined }, '/id'],
    ['no source', { source: undefined }, '/source'],
    ['31 February', { time: '2026-02-31T00:00:00Z' }, '/time'],
    ['a time without an offset', { time: '2026-02-01T00:00:00' }, '/time'],
    ['half a character', { subject: '\ud83d' }, '/subject'],
    ['an extension beyond 32 bits', { big: 2 ** 31 }, '/big'],
    ['both kinds of data', { data: {}, data_base64: 'AA==' }, '/data_base64'],
    ['a name with a slash', { 'a/b~c': 'x' }, '/a~1b~0c'],
  ])('refuses %s', (_, change, pointer) => {
    const event: JsonObject = JSON.parse(JSON.stringify({ ...minimal, ...change }));
    const checked = checkEvents([event]);
    expect(checked.kind === 'invalid' && checked.faults.map((fault) => fault.pointer)).toEqual([pointer]);
  });
});

function lowerCased(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return isWeirError(error) ? error.code : String(error);
  }
  return undefined;
}
