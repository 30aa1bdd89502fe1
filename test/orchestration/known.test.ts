import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contextBytesMax, contextOf } from '../../src/orchestration/context.ts';
import { knownBytesMax, partBytesMax } from '../../src/orchestration/known.ts';
import type { Embedder } from '../../src/core/embedder.ts';
import { WeirError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { listAt, textAt } from '../../src/core/read.ts';
import { knownStore, request, type KnownStore } from './known-store.ts';

let world: KnownStore;

beforeAll(async () => {
  world = await knownStore();
});

afterAll(() => world.close());

const knowing: KnownStore['knowing'] = (over) => world.knowing(over);

const embedAll: KnownStore['embedAll'] = (org, embedder) => world.embedAll(org, embedder);

const anEmbedder = (
  embed: (texts: readonly string[], signal: AbortSignal) => Promise<readonly number[][]>,
  model = 'meaning-1',
): Embedder => ({ model, embed: (_, texts, signal) => embed(texts, signal) });

const idsIn = (context: JsonObject, part: string) => listAt(context, part).map((row) => textAt(row, 'id'));

describe('what a run’s agents get to see', () => {
  test('is what set it off, and what is known of whom it is about, as of its time and of its organisation', async () => {
    const context = await knowing()(request);
    expect(context['missing']).toBeUndefined();
    expect(context).toMatchObject({
      health: 40,
      scores: [
        {
          name: 'customer_health',
          value: 40,
          because: [
            ['d', 3],
            ['c', 2],
            ['b', 1],
          ],
        },
      ],
      baselines: [{ name: 'customer_health', usual: 80, spread: 0 }],
      peers: [{ name: 'customer_health', value: 40, others: 3, median: 70, share: 0 }],
      alerts: [{ title: 'Invoice of Brightloom unpaid', status: 'open' }],
    });
    expect(idsIn(context, 'timeline')[0]).toBe('e0');
    expect(listAt(context, 'timeline')).toHaveLength(40);
  });

  test('has past cases of the like with how they ended: alerts and runs, those with the same words first', async () => {
    const { similar } = await knowing()(request);
    expect(similar).toMatchObject([
      { title: 'Payments fail over and over', ended: 'resolved', by: 'ann', why: 'new card on file', hours: 5 },
      { goal: 'Why do payments fail?', outcome: 'completed', summary: 'The card had expired.' },
    ]);
  });

  test('has past cases that mean the like, too, where there are vectors: by words and meaning together', async () => {
    const meaning = (text: string) =>
      /logs in|absent/.test(text) ? [1, 0.1] : /payments/i.test(text) ? [0.4, 1] : [0, 1];
    const embedder = anEmbedder(async (texts) => texts.map(meaning));
    await embedAll('acme', embedder);
    const absent = { ...request, entity: null, kind: 'open', goal: 'Everybody seems absent' };
    // None of its words stands in any case.
    expect(idsIn(await knowing()(absent), 'similar')).toEqual([]);
    const context = await knowing({ embedder })(absent);
    expect(context).toMatchObject({ similar: [{ title: 'Nobody logs in', why: 'they were on holiday' }, {}, {}] });
    expect(context['similarBy']).toEqual(['words', 'meaning']);
    expect(context['missing']).toBeUndefined();
    // What was asked of the embedder is kept with the run: it need not be asked again to see what it rested on.
    const text = expect.stringContaining('Everybody seems absent');
    expect(context['embedded']).toEqual({ model: 'meaning-1', text, vectorHash: expect.any(String), calls: [] });
    // Those that both words and meaning have are before those that one has.
    const both = await knowing({ embedder })({ ...absent, goal: 'Payments fail' });
    expect(both).toMatchObject({ similar: [{ score: expect.any(Number), distance: expect.any(Number) }, {}, {}] });
    // As of then, and of the organisation.
    expect(JSON.stringify([context, both])).not.toMatch(/future|elsewhere/);
  });

  test('each case gets its vector once for each model; what another model made is not compared', async () => {
    const asked: string[] = [];
    const embedder = anEmbedder(async (texts) => {
      asked.push(...texts);
      return texts.map(() => [1, 0, 0]);
    }, 'other');
    expect(await embedAll('globex', embedder)).toBe(1);
    expect(await embedAll('globex', embedder)).toBe(0);
    expect(asked).toEqual([expect.stringContaining('Payments fail elsewhere')]);
    const longer = anEmbedder(async (texts) => texts.map(() => [1, 0, 0]));
    const context = await knowing({ embedder: longer })(request);
    expect(context['similarBy']).toEqual(['words', 'meaning']);
    expect(JSON.stringify(context['similar'])).not.toContain('distance');
  });

  test('says that past cases were sought by words alone: without an embedder, while it is away, and where it is late', async () => {
    expect(await knowing()(request)).toMatchObject({ similarBy: ['words'] });
    const away = await contextOf(
      request,
      knowing({ embedder: anEmbedder(() => Promise.reject(new Error('HTTP 503'))) }),
    );
    expect(away.context).toMatchObject({ similarBy: ['words'], similar: [{}, {}], missing: { meaning: 'HTTP 503' } });
    expect(away.context['embedded']).toMatchObject({ vectorHash: null });
    expect(away.missing).toBe('meaning: HTTP 503');
    const silent = anEmbedder(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const late = await knowing({ embedder: silent })(request);
    expect(late).toMatchObject({
      similarBy: ['words'],
      similar: [{}, {}],
      missing: { meaning: expect.stringContaining('timeout') },
    });
  });

  test('is of the organisation as a whole where the run is about nobody', async () => {
    const context = await knowing()({ ...request, entity: null });
    expect(Object.keys(context).toSorted()).toEqual(['alerts', 'health', 'similar', 'similarBy']);
  });

  test('stays small, and says what was left out', async () => {
    const long = Array.from({ length: 40 }, (_, at): JsonObject => ({ id: String(at), text: 'x'.repeat(1_000) }));
    const data = () => ({
      ask: async () => ({ rows: long, evidence: () => ({ query: '', params: {}, rowsHash: '', text: '' }) }),
    });
    const context = await knowing({ data })(request);
    expect(Buffer.byteLength(JSON.stringify(context))).toBeLessThan(knownBytesMax + 1_024);
    expect(Buffer.byteLength(JSON.stringify(context['scores']))).toBeLessThan(partBytesMax + 2);
    expect(context).toMatchObject({ cut: { scores: 40 - listAt(context, 'scores').length } });
  });

  test('is gone without where it is too large for the log in bytes, be they few letters', async () => {
    const fact = await contextOf(request, async () => ({ note: 'ж'.repeat(contextBytesMax * 0.6) }));
    expect(fact).toMatchObject({ context: {}, missing: 'the context is too large' });
  });

  test.each([
    ['is away', () => Promise.reject(new WeirError('store-unavailable', 'ClickHouse is away.')), 'ClickHouse is away.'],
    ['does not answer', () => new Promise<never>(() => undefined), 'no answer within 20 ms'],
  ])('lacks what ClickHouse knows while it %s: the run goes on, and says so', async (_, ask, why) => {
    const gather = knowing({ data: () => ({ ask }), withinMs: 20 });
    const fact = await contextOf(request, gather);
    const parts = ['alerts', 'timeline', 'scores', 'baselines', 'peers', 'similar'];
    expect(fact.context).toEqual({ health: 40, missing: Object.fromEntries(parts.map((part) => [part, why])) });
    expect(fact.missing).toContain(`timeline: ${why}`);
    // Whoever comes next waits no longer than that either, though the first question still stands.
    for (let more = 0; more < 3; more += 1) expect((await contextOf(request, gather)).missing).toContain('similar: ');
  });
});
