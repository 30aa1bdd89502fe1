import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import type { Prompt } from '../../src/providers/provider.ts';
import { retryAfterMs } from '../../src/providers/retry-after.ts';
import { createSdkProvider } from '../../src/providers/sdk.ts';
import { anthropicServer, type AnthropicServer } from './support/anthropic-server.ts';
import { openAiServer, type Behaviour, type OpenAiServer } from './support/openai-server.ts';
import { anOffer } from './support/scripted.ts';

const servers: OpenAiServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const prompt: Prompt = { system: 'Say it.', user: 'It.', maxOutputTokens: 50 };

async function asked(behaviour: Behaviour, over: Partial<Prompt> = {}) {
  const server = await openAiServer(() => behaviour);
  servers.push(server);
  const settings = { kind: 'openai-compatible', model: 'stub', url: server.url, apiKey: 'sk-very-secret' } as const;
  const provider = createSdkProvider(anOffer('one'), settings, systemClock);
  const called = await provider.call({ ...prompt, ...over }, AbortSignal.timeout(30_000));
  return { called, server };
}

const faultOf = async (behaviour: Behaviour) => {
  const { called, server } = await asked(behaviour);
  expect(JSON.stringify(called)).not.toContain('sk-very-secret');
  // weir tries again, not the SDK.
  expect(server.requests.length).toBeLessThanOrEqual(1);
  return called.kind === 'failed' ? called.fault : called;
};

describe('a model behind an OpenAI-compatible address', () => {
  test('answers, and says what it used', async () => {
    const { called, server } = await asked({ does: 'answer', text: 'Three invoices are late.' });
    expect(called).toEqual({ kind: 'answered', text: 'Three invoices are late.', usage: { input: 20, output: 10 } });
    expect(server.requests).toMatchObject([
      { authorization: 'Bearer sk-very-secret', body: { model: 'stub', max_tokens: 50, temperature: 0 } },
    ]);
  });

  test('that does not say what it used answers all the same', async () => {
    const { called } = await asked({ does: 'answer', text: 'Yes.', usage: false });
    expect(called).toEqual({ kind: 'answered', text: 'Yes.', usage: undefined });
  });

  test('is given the schema that its answer has to fit', async () => {
    const schema = z.object({ order: z.array(z.int()) });
    const { called, server } = await asked({ does: 'answer', text: '{"order":[1,0]}' }, { schema });
    expect(called).toMatchObject({ kind: 'answered', text: '{"order":[1,0]}' });
    expect(server.requests[0]?.body.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { schema: { properties: { order: { type: 'array' } } } },
    });
  });

  test.each<[string, Behaviour, object]>([
    ['429 with a time in seconds', status(429, { 'retry-after': '7' }), { kind: 'rate-limited', retryAfterMs: 7_000 }],
    ['429 with a time in ms', status(429, { 'retry-after-ms': '250' }), { kind: 'rate-limited', retryAfterMs: 250 }],
    ['503', status(503), { kind: 'unavailable', detail: 'HTTP 503' }],
    ['529, overloaded', status(529), { kind: 'unavailable', detail: 'HTTP 529' }],
    ['401', status(401), { kind: 'misconfigured', detail: 'HTTP 401' }],
    ['404', status(404), { kind: 'misconfigured', detail: 'HTTP 404' }],
    ['400', status(400), { kind: 'invalid-request', detail: 'HTTP 400' }],
    ['a redirect', { does: 'redirect', to: 'http://127.0.0.1:9/' }, { kind: 'unavailable' }],
    ['half a stream that ends', { does: 'half', text: 'Three in', cut: false }, { kind: 'half-stream' }],
    ['half a stream that is cut', { does: 'half', text: 'Three in', cut: true }, { kind: 'half-stream' }],
    ['half a stream with nothing in it', { does: 'half', text: '', cut: false }, { kind: 'garbage' }],
    ['garbage', { does: 'garbage' }, { kind: 'garbage' }],
    ['a flood', { does: 'flood' }, { kind: 'garbage' }],
    ['a reset', { does: 'reset' }, { kind: 'reset', detail: 'ECONNRESET' }],
    ['an answer cut at its length', { does: 'answer', text: 'So', finish: 'length' }, { kind: 'too-long' }],
    ['an answer that is withheld', { does: 'answer', text: 'No', finish: 'content_filter' }, { kind: 'refused' }],
    ['an empty answer', { does: 'answer', text: '' }, { kind: 'garbage' }],
  ])('%s is told apart', async (_, behaviour, fault) => {
    expect(await faultOf(behaviour)).toMatchObject(fault);
  });

  test('where nobody listens is told apart', async () => {
    const settings = { kind: 'openai-compatible', model: 'stub', url: 'http://127.0.0.1:1/v1' } as const;
    const called = await createSdkProvider(anOffer('one'), settings, systemClock).call(
      prompt,
      AbortSignal.timeout(30_000),
    );
    expect(called).toMatchObject({ kind: 'failed', fault: { kind: 'unavailable' } });
  });

  test('that began to answer has used something', async () => {
    expect(await faultOf({ does: 'half', text: 'Three in', cut: true })).toMatchObject({ usage: { output: 8 } });
    expect(await faultOf({ does: 'reset' })).not.toHaveProperty('usage');
  });
});

describe('a model of Anthropic', () => {
  const started: AnthropicServer[] = [];
  afterEach(async () => {
    for (const server of started.splice(0)) await server.close();
  });
  const called = async (behaviour: 'answer' | 'half' | number, over: Partial<Prompt> = {}) => {
    const server = await anthropicServer(behaviour);
    started.push(server);
    const settings = {
      kind: 'anthropic',
      model: 'claude-sonnet-4-5',
      url: server.url,
      apiKey: 'sk-very-secret',
    } as const;
    const provider = createSdkProvider(anOffer('one'), settings, systemClock);
    return { called: await provider.call({ ...prompt, ...over }, AbortSignal.timeout(30_000)), keys: server.keys };
  };

  test('answers, and says what it used', async () => {
    expect(await called('answer')).toEqual({
      called: { kind: 'answered', text: 'Three invoices are late.', usage: { input: 20, output: 10 } },
      keys: ['sk-very-secret'],
    });
  });

  test('that stops before its end is told apart, and so is one that is overloaded', async () => {
    expect((await called('half')).called).toMatchObject({ fault: { kind: 'half-stream' } });
    expect((await called(529)).called).toMatchObject({ fault: { kind: 'unavailable', detail: 'HTTP 529' } });
  });
});

describe('how long a server asks to be left alone', () => {
  const now = Date.UTC(2026, 10, 26, 12);
  test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ['in seconds', { 'retry-after': '7' }, 7_000],
    ['in ms, which is more exact', { 'retry-after': '1', 'retry-after-ms': '250' }, 250],
    ['as a date', { 'retry-after': 'Thu, 26 Nov 2026 12:00:30 GMT' }, 30_000],
    ['as a date gone by', { 'retry-after': 'Thu, 26 Nov 2026 11:00:00 GMT' }, 0],
    ['not at all', {}, undefined],
    ['in words', { 'retry-after': 'soon' }, undefined],
  ])('%s', (_, headers, ms) => {
    expect(retryAfterMs(headers, now)).toBe(ms);
  });
});

function status(code: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return { does: 'status', status: code, headers };
}
