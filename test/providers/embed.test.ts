import { afterEach, describe, expect, test } from 'vitest';
import { lintConfig } from '../../src/config/lint.ts';
import { configOf } from '../../src/config/load.ts';
import { embeddedAtOnceMax } from '../../src/core/embedder.ts';
import { dayOf, embedderOf, orgDaysOf } from '../../src/providers/options.ts';
import { embeddingsServer, type Embedding, type EmbeddingsServer } from './support/embeddings-server.ts';
import { aClock, listening } from './support/scripted.ts';

const servers: EmbeddingsServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const lengths: Embedding = (text) => [text.length, 1];
const signal = () => AbortSignal.timeout(30_000);

/** Embedders behind real servers, as a configuration has them; asked in turn, or by name: the last is known as the best. */
async function configured(
  does: Readonly<Record<string, Embedding>>,
  more: { moneyPerDay?: number; timeout?: '1s'; strategy?: 'learned' } = {},
) {
  const { timeout = '20s', strategy = 'round-robin', ...models } = more;
  const started: Record<string, EmbeddingsServer> = {};
  const embedders: Record<
    string,
    { url: string; model: string; apiKey: string; price: number; timeout: '1s' | '20s' }
  > = {};
  for (const [name, each] of Object.entries(does)) {
    const server = await embeddingsServer(() => each);
    servers.push(server);
    started[name] = server;
    embedders[name] = { url: server.url, model: 'meaning-1', apiKey: 'sk-very-secret', price: 1, timeout };
  }
  const config = configOf({ models: { ...models, embedders, strategy } }).models;
  const [clock, heard] = [aClock(), listening()];
  const day = dayOf(config, clock);
  const worthOf = () => (asked: { readonly providers: readonly string[] }) =>
    new Map(asked.providers.toSorted().map((name, place) => [name, place]));
  const embedder = embedderOf({ config, clock, happened: heard, day }, orgDaysOf(config, clock), worthOf);
  if (!embedder) throw new Error('none is configured');
  return { embedder, heard, started };
}

describe('vectors of texts', () => {
  test('come from the configured address, in the order of the texts, with the key, and cost what they took', async () => {
    const { embedder, heard, started } = await configured({ a: lengths });
    expect(await embedder.embed('acme', ['four', 'seventh'], signal())).toEqual([
      [4, 1],
      [7, 1],
    ]);
    expect(embedder.model).toBe('meaning-1');
    expect(started['a']?.requests).toMatchObject([{ model: 'meaning-1', input: ['four', 'seventh'] }]);
    expect(started['a']?.keys).toEqual(['Bearer sk-very-secret']);
    expect(heard.calls).toMatchObject([{ provider: 'a', task: 'embed', outcome: 'answered', tokens: 7, money: 7e-6 }]);
  });

  test.each<[string, Embedding, string]>([
    ['is overloaded', { status: 503 }, 'unavailable'],
    ['has had enough', { status: 429, headers: { 'retry-after': '9' } }, 'rate-limited'],
    ['takes no such key', { status: 401 }, 'misconfigured'],
    ['talks nonsense', 'garbage', 'garbage'],
    ['does not answer', 'silence', 'timeout'],
    ['leaves one out', 'too-few', 'wrong-schema'],
    ['makes them of different lengths', (text) => Array(text.length).fill(1), 'wrong-schema'],
  ])('come from the next one, where one %s', async (_, does, outcome) => {
    const { embedder, heard } = await configured({ a: does, b: lengths }, { timeout: '1s' });
    expect(await embedder.embed('acme', ['1', '23'], signal())).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(heard.calls.map((call) => call.outcome)).toEqual([outcome, 'answered']);
    expect(JSON.stringify(heard.calls)).not.toContain('secret');
  });

  test('come from whoever is worth most by what was learned, where that is the strategy', async () => {
    const { embedder, heard } = await configured({ a: lengths, b: lengths }, { strategy: 'learned' });
    for (let asked = 0; asked < 3; asked += 1) await embedder.embed('acme', ['x'], signal());
    expect(heard.calls.map(({ provider }) => provider)).toEqual(['b', 'b', 'b']);
  });

  test('do not come where nobody answers, and it says why', async () => {
    const { embedder, heard } = await configured({ a: { status: 503 } });
    await expect(embedder.embed('acme', ['x'], signal())).rejects.toThrow(
      'no embedder answers: failed; a: unavailable, HTTP 503',
    );
    for (let more = 0; more < 4; more += 1) await expect(embedder.embed('acme', ['x'], signal())).rejects.toThrow();
    expect(heard.told).toContain('a open for 10000 ms');
  });

  test('are not asked for beyond the budget', async () => {
    const { embedder, started } = await configured({ a: lengths }, { moneyPerDay: 0.0001 });
    await expect(embedder.embed('acme', ['x'.repeat(200)], signal())).rejects.toThrow('budget');
    expect(started['a']?.requests).toEqual([]);
  });

  test('are of so many texts at once, and no more', async () => {
    const { embedder } = await configured({ a: lengths });
    await expect(embedder.embed('acme', Array(embeddedAtOnceMax + 1).fill('x'), signal())).rejects.toThrow(RangeError);
  });
});

describe('embedders in the configuration', () => {
  const faults = (embedders: string) =>
    lintConfig({
      file: { path: '/etc/weir.yaml', text: `models:\n  embedders:\n${embedders}` },
      env: { KEY: 'sk-very-secret' },
      cwd: '/etc',
    }).findings.map(({ message }) => message);

  test('stand in for each other only with the same model', () => {
    const one = (name: string, model: string) => `    ${name}: { url: http://localhost:1/v1, model: ${model} }\n`;
    expect(faults(one('a', 'm') + one('b', 'm'))).toEqual([]);
    expect(faults(one('a', 'm') + one('b', 'n')).join()).toContain('cannot be compared');
  });

  test('send no key over an open line', () => {
    const at = (url: string) => faults(`    a: { url: ${url}, model: m, apiKey: "\${KEY}" }\n`);
    expect(at('https://example.com/v1')).toEqual([]);
    expect(at('http://example.com/v1').join()).toContain('https');
  });
});
