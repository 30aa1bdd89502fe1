import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choose } from '../../src/providers/choose.ts';
import { fold, initialState, type ProviderFact, type ProvidersState } from '../../src/providers/state.ts';
import { strategies, type Strategy, type Wanted } from '../../src/providers/strategies.ts';
import { anOffer } from './support/scripted.ts';
import { answered, failed, start, started, wantedWith } from './support/choosing.ts';

const names = Object.keys(strategies).filter((name): name is Strategy => name in strategies);

describe('who is asked', () => {
  const [small, large, near] = [
    { offer: anOffer('small', { capabilities: { prose: 0.5, json: 0.4 }, price: { input: 0.1, output: 0.4 } }) },
    { offer: anOffer('large', { capabilities: { prose: 0.9, json: 0.9 }, price: { input: 3, output: 15 } }) },
    { offer: anOffer('near', { capabilities: { prose: 0.6 }, price: { input: 0, output: 0 }, maxConcurrent: 1 }) },
  ];
  const all = [small, large, near];
  const asked = (state: ProvidersState, wanted: Partial<Wanted>) => {
    const choice = choose(state, all, wantedWith(wanted));
    return choice.kind === 'chosen' ? choice.provider.offer.name : choice.verdicts;
  };
  const after = (...facts: readonly ProviderFact[]) => facts.reduce(fold, initialState(['small', 'large', 'near']));

  test('in turn, one after the other', () => {
    let state = after();
    const turns = Array.from({ length: 6 }, () => {
      const choice = choose(state, all, wantedWith({ strategy: 'round-robin' }));
      if (choice.kind === 'none') throw new Error('nobody');
      const { name } = choice.provider.offer;
      state = [started(name), answered(name, 100)].reduce(fold, state);
      return name;
    });
    expect(turns).toEqual(['large', 'near', 'small', 'large', 'near', 'small']);
  });

  test('whoever has most places free', () => {
    expect(asked(after(started('small'), started('large')), { strategy: 'least-loaded' })).toBe('near');
    expect(asked(after(started('near'), started('large')), { strategy: 'least-loaded' })).toBe('small');
  });

  test('whoever is best at what is needed', () => {
    expect(asked(after(), { strategy: 'capability', needs: ['prose', 'json'] })).toBe('large');
  });

  test('whoever is cheapest of those good enough', () => {
    expect(asked(after(), { strategy: 'cheapest' })).toBe('near');
    expect(asked(after(), { strategy: 'cheapest', needs: ['json'] })).toBe('small');
    expect(asked(after(), { strategy: 'cheapest', needs: ['json'], grade: 0.8 })).toBe('large');
  });

  test('whoever is worth most by what was learned; who was asked longest ago, where nothing was', () => {
    const worth = new Map([
      ['small', 0.2],
      ['large', 0.9],
      ['near', -0.1],
    ]);
    expect(asked(after(), { strategy: 'learned', worth })).toBe('large');
    expect(asked(after(started('large'), started('near')), { strategy: 'learned' })).toBe('small');
    // What it did lately still comes first.
    const ill = Array.from({ length: 4 }, () => [started('large'), failed('large', 'unavailable')]).flat();
    expect(asked(after(...ill), { strategy: 'learned', worth })).toBe('small');
  });

  test('whoever was fastest, until that is long ago', () => {
    const state = after(
      ...(['small', 'large', 'near'] as const).flatMap((name, index) => [
        started(name),
        answered(name, [300, 200, 900][index] ?? 0),
      ]),
    );
    expect(asked(state, { strategy: 'fastest' })).toBe('large');
    const busyForAnHour = fold(fold(state, { ...started('large'), at: start + 3_600_000 }), {
      ...answered('large', 200),
      at: start + 3_600_000,
    });
    expect(asked(busyForAnHour, { strategy: 'fastest', now: start + 3_600_000 })).toBe('small');
  });

  test('nobody who has as many calls as it may have', () => {
    expect(asked(after(started('near')), { strategy: 'cheapest' })).toBe('small');
  });

  test('nobody who had as many requests or tokens this minute as it may have; the next minute again', () => {
    const tight = [{ offer: anOffer('tight', { requestsPerMinute: 1, tokensPerMinute: 2_000 }) }];
    const state = [started('tight'), answered('tight', 50)].reduce(fold, initialState(['tight']));
    expect(choose(state, tight, wantedWith({}))).toMatchObject({ kind: 'none', verdicts: { tight: 'quota' } });
    expect(choose(state, tight, wantedWith({ now: start + 60_000 }))).toMatchObject({ kind: 'chosen' });
    const long = wantedWith({ tokens: { input: 1_500, output: 600 } });
    expect(choose(initialState([]), tight, long)).toMatchObject({ kind: 'none', verdicts: { tight: 'too-long' } });
  });

  test('who lately failed more often than not comes after the others, until that is long ago', () => {
    const ailing = Array.from({ length: 4 }, () => [started('near'), failed('near', 'wrong-schema')]).flat();
    expect(asked(after(...ailing), { strategy: 'cheapest' })).toBe('small');
    expect(asked(after(...ailing), { strategy: 'cheapest', now: start + 1_800_000 })).toBe('near');
  });
});

describe('whatever happened before', () => {
  const offers = ['a', 'b', 'c'].map((name) => ({ offer: anOffer(name, { maxConcurrent: 3 }) }));
  const kinds = ['rate-limited', 'unavailable', 'garbage', 'wrong-schema'] as const;
  const facts = fc.array(
    fc.record({
      provider: fc.constantFrom('a', 'b', 'c'),
      wait: fc.integer({ min: 0, max: 20_000 }),
      ends: fc.option(fc.constantFrom('answered' as const, 'abandoned' as const, 'withdrawn' as const, ...kinds)),
    }),
    { maxLength: 60 },
  );
  const wanted = fc.record({
    strategy: fc.constantFrom(...names),
    tried: fc.subarray(['a', 'b', 'c']),
    wait: fc.integer({ min: 0, max: 600_000 }),
  });

  test('who is asked has a place, is left alone by nobody, was not asked before; and the same state gives the same choice', () => {
    fc.assert(
      fc.property(facts, wanted, (happened, { wait, ...rest }) => {
        const { state, now } = lived(happened);
        const asked = wantedWith({ ...rest, now: now + wait });
        const choice = choose(state, offers, asked);
        expect(choose(state, offers.toReversed(), asked)).toEqual(choice);
        if (choice.kind === 'none') return;
        const { name, maxConcurrent } = choice.provider.offer;
        const known = state.providers[name];
        expect(rest.tried).not.toContain(name);
        expect(known?.coolUntil).toBeLessThanOrEqual(asked.now);
        expect(known?.inFlight).toBeLessThan(maxConcurrent);
        expect(known?.breaker.probing).toBe(false);
        const better = Object.values(choice.verdicts).some((verdict) => verdict === 'fit' || verdict === 'probe');
        if (choice.verdicts[name] === 'last-resort') expect(better).toBe(false);
      }),
    );
  });

  test('once all calls have ended, nothing is in flight, and everybody can be asked an hour later', () => {
    fc.assert(
      fc.property(facts, (happened) => {
        const { state, now } = lived(happened.map((each) => ({ ...each, ends: each.ends ?? 'abandoned' })));
        for (const { inFlight, breaker } of Object.values(state.providers)) {
          expect(inFlight).toBe(0);
          expect(breaker.probing).toBe(false);
        }
        const { verdicts } = choose(state, offers, wantedWith({ now: now + 3_600_000 }));
        for (const verdict of Object.values(verdicts)) expect(['fit', 'probe']).toContain(verdict);
      }),
    );
  });

  type Lived = readonly {
    provider: string;
    wait: number;
    ends: 'answered' | 'abandoned' | 'withdrawn' | (typeof kinds)[number] | null;
  }[];

  function lived(happened: Lived): { state: ProvidersState; now: number } {
    let [state, now] = [initialState(['a', 'b', 'c']), start];
    for (const { provider, wait, ends } of happened) {
      now += wait;
      state = fold(state, { ...started(provider), at: now });
      if (ends === 'answered') state = fold(state, { ...answered(provider, wait), at: now });
      else if (ends === 'abandoned') state = fold(state, { fact: ends, provider, at: now });
      else if (ends === 'withdrawn') state = fold(state, { fact: ends, provider, at: now, tokens: 10 });
      else if (ends !== null) state = fold(state, { ...failed(provider, ends), at: now });
    }
    return { state, now };
  }
});
