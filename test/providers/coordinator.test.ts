import { describe, expect, test } from 'vitest';
import { free, createPurse } from '../../src/providers/budget.ts';
import { createCoordinator } from '../../src/providers/coordinator.ts';
import type { FaultKind } from '../../src/providers/faults.ts';
import type { Called, Provider } from '../../src/providers/provider.ts';
import { createRandom } from '../../src/simulate/random.ts';
import { aClock, anOffer, aQuestion, broke, listening, said, scripted } from './support/scripted.ts';

const plenty = { money: 1_000_000, tokens: 1e12, calls: 1e9, agentSeconds: 0 };

function coordinating(providers: readonly Provider[], limit = plenty) {
  const clock = aClock();
  const heard = listening();
  const purse = createPurse(limit);
  const models = createCoordinator({ providers, strategy: 'round-robin', purse, clock, happened: heard });
  const ask = (over: Parameters<typeof aQuestion>[0] = {}, own = plenty, signal = new AbortController().signal) =>
    models.ask(aQuestion(over), { signal, purse: createPurse(own) });
  return { clock, heard, models, ask };
}

describe('a question', () => {
  test('goes to the next provider where one fails, and says who was asked in vain', async () => {
    const ill = scripted(anOffer('a'), () => broke('unavailable'));
    const well = scripted(anOffer('b'), () => said('Yes.'));
    const { ask, heard } = coordinating([ill, well]);
    expect(await ask()).toMatchObject({
      kind: 'answered',
      value: 'Yes.',
      provider: 'b',
      attempts: [{ provider: 'a' }],
    });
    expect(heard.told).toEqual(['a unavailable', 'b answered']);
  });

  test('goes to the next provider where its validator refuses the answer, which is paid for all the same', async () => {
    const bad = scripted(anOffer('a'), () => said(''));
    const { ask } = coordinating([bad, scripted(anOffer('b'), () => said('Yes.'))]);
    const answer = await ask();
    expect(answer).toMatchObject({ kind: 'answered', provider: 'b', attempts: [{ fault: { kind: 'rejected' } }] });
    expect(answer.spent).toMatchObject({ tokens: 30, calls: 2 });
  });

  test('that nobody can answer says when to ask again; nobody is asked twice', async () => {
    const limited = scripted(anOffer('a'), () => ({
      kind: 'failed',
      fault: { kind: 'rate-limited', detail: 'HTTP 429', retryAfterMs: 20_000 },
    }));
    const { ask, clock, models } = coordinating([limited]);
    expect(await ask()).toMatchObject({ kind: 'unanswered', why: 'failed' });
    expect(await ask()).toMatchObject({ kind: 'unanswered', why: 'unavailable', retryAt: clock.now() + 20_000 });
    expect(limited.calls()).toBe(1);
    // Enough of us is no illness.
    expect(models.state().providers['a']?.breaker.faults).toBe(0);
    clock.move(20_000);
    await ask();
    expect(limited.calls()).toBe(2);
  });

  test('for which no provider is made is not asked', async () => {
    const { ask } = coordinating([scripted(anOffer('a'), () => said('Yes.'))]);
    expect(await ask({ needs: ['poetry'] })).toMatchObject({ kind: 'unanswered', why: 'incapable', retryAt: null });
  });

  test('is given up when who asked goes away, and leaves nothing behind', async () => {
    const gone = new AbortController();
    const stuck: Provider = {
      offer: anOffer('a'),
      call: () => {
        gone.abort();
        return new Promise<Called>(() => undefined);
      },
    };
    const { ask, models, heard } = coordinating([stuck]);
    expect(await ask({}, plenty, gone.signal)).toMatchObject({ kind: 'unanswered', why: 'aborted', spent: free });
    expect(models.state().providers['a']).toMatchObject({ inFlight: 0, success: 1 });
    expect(heard.told).toEqual(['a aborted', 'phrase unanswered: aborted']);
  });

  test('fails a provider that hangs for as long as whoever asked could wait', async () => {
    const stuck: Provider = { offer: anOffer('a'), call: () => new Promise<Called>(() => undefined) };
    const { ask, models, heard } = coordinating([stuck]);
    await ask({}, plenty, AbortSignal.timeout(1));
    expect(models.state().providers['a']?.breaker.faults).toBe(1);
    expect(heard.told[0]).toBe('a timeout');
  });

  test('waits for no provider longer than that may take', async () => {
    const stuck: Provider = { offer: anOffer('a', { timeoutMs: 5 }), call: () => new Promise<Called>(() => undefined) };
    const { ask } = coordinating([stuck]);
    expect(await ask()).toMatchObject({ why: 'failed', attempts: [{ fault: { kind: 'timeout' } }] });
  });

  test('takes its place at once: no provider gets more calls than it may have', async () => {
    let [now, most] = [0, 0];
    const busy: Provider = {
      offer: anOffer('a', { maxConcurrent: 3 }),
      call: async () => {
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        now -= 1;
        return said('Yes.');
      },
    };
    const { ask } = coordinating([busy]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(most).toBe(3);
    expect(answers.filter(({ kind }) => kind === 'answered')).toHaveLength(3);
  });

  test('of a provider that throws leaves no place taken and nothing reserved', async () => {
    const broken: Provider = { offer: anOffer('a'), call: () => Promise.reject(new Error('a mistake in code')) };
    const { ask, models } = coordinating([broken], { ...plenty, calls: 1 });
    await expect(ask()).rejects.toThrow('a mistake in code');
    await expect(ask()).rejects.toThrow('a mistake in code');
    expect(models.state().providers['a']).toMatchObject({ inFlight: 0 });
  });

  test('opens the breaker of a provider that keeps failing, and closes it with an answer', async () => {
    const kinds: readonly FaultKind[] = ['reset', 'garbage', 'half-stream', 'timeout', 'unavailable'];
    const { ask, clock, heard } = coordinating([
      scripted(anOffer('a'), (call) => {
        const kind = kinds[call - 1];
        return kind === undefined ? said('Yes.') : broke(kind);
      }),
    ]);
    for (const _ of kinds) await ask();
    clock.move(10_000);
    await ask();
    expect(heard.told.filter((each) => each.includes('open') || each.includes('closed'))).toEqual([
      'a open for 10000 ms',
      'a closed',
    ]);
  });
});

describe('what a question may cost', () => {
  const dear = { price: { input: 1_000, output: 1_000 } };

  test('is reserved before the call at its worst case, and settled after it', async () => {
    const { ask } = coordinating([scripted(anOffer('a'), () => said('Yes.'))], { ...plenty, tokens: 300 });
    // 64 + 10 bytes of prompt and 100 tokens of answer are reserved, 15 were used: so one goes in after the other.
    for (let asked = 0; asked < 8; asked += 1) expect(await ask()).toMatchObject({ kind: 'answered' });
    const both = await Promise.all([ask(), ask()]);
    expect(both.map(({ kind }) => kind)).toEqual(['answered', 'unanswered']);
  });

  test('is what was reserved where the provider does not say', async () => {
    const silent = scripted(anOffer('a'), () => ({ kind: 'answered', text: 'Yes.', usage: undefined }));
    expect((await coordinating([silent]).ask()).spent).toMatchObject({ tokens: 64 + 10 + 100 });
  });

  test('is asked anew for each fallback: one that would cost too much is passed over', async () => {
    const cheapIll = scripted(anOffer('a'), () => broke('unavailable'));
    const tooDear = scripted(anOffer('b', dear), () => said('Yes.'));
    const cheap = scripted(anOffer('c'), () => said('Yes.'));
    const { ask } = coordinating([cheapIll, tooDear, cheap]);
    expect(await ask({}, { ...plenty, money: 0.01 })).toMatchObject({ kind: 'answered', provider: 'c' });
    expect(tooDear.calls()).toBe(0);
  });

  test('ends the question where it does not reach for any fallback, and what failed is released', async () => {
    const ill = scripted(anOffer('a'), () => broke('unavailable'));
    const tooDear = scripted(anOffer('b', dear), () => said('Yes.'));
    const { ask, models } = coordinating([ill, tooDear]);
    const answer = await ask({}, { ...plenty, money: 0.01 });
    expect(answer).toMatchObject({ kind: 'unanswered', why: 'budget', spent: free });
    expect(models.state().providers['b']).toMatchObject({ inFlight: 0, minute: { requests: 0, tokens: 0 } });
  });

  test('is counted for what began and broke, where it is known', async () => {
    const half = scripted(anOffer('a'), () => ({
      kind: 'failed',
      fault: { kind: 'half-stream', detail: '', usage: { input: 70, output: 8 } },
    }));
    expect((await coordinating([half]).ask()).spent).toMatchObject({ tokens: 78, calls: 1 });
  });
});

test('three providers, each down 10 % of the time, answer at least 99.5 % of the questions', async () => {
  const random = createRandom('three providers');
  const clock = aClock();
  const illnesses: readonly Called[] = (['unavailable', 'reset', 'garbage', 'half-stream', 'timeout'] as const).map(
    broke,
  );
  // Outages of two minutes on average, apart from one another; up for eighteen in between.
  const providers = ['a', 'b', 'c'].map((name) => {
    const own = random.fork(name);
    let [down, until, downMs, from] = [false, clock.now(), 0, clock.now()];
    const isDown = () => {
      while (clock.now() >= until) {
        if (down) downMs += until - from;
        down = !down;
        from = until;
        until += -Math.log(1 - own.next()) * (down ? 120_000 : 1_080_000);
      }
      return down;
    };
    const provider = scripted(anOffer(name), () => (isDown() ? own.pick(illnesses) : said('Yes.')));
    return { provider, isDown, downMs: () => downMs };
  });
  const models = createCoordinator({
    providers: providers.map(({ provider }) => provider),
    strategy: 'round-robin',
    purse: createPurse(plenty),
    clock,
    happened: listening(),
  });
  const questions = 50_000;
  let answered = 0;
  const begun = clock.now();
  for (let asked = 0; asked < questions; asked += 1) {
    clock.move(2_000 + 8_000 * random.next());
    for (const { isDown } of providers) isDown();
    const { signal } = new AbortController();
    const answer = await models.ask(aQuestion(), { signal, purse: createPurse(plenty) });
    if (answer.kind === 'answered') answered += 1;
  }
  const share = answered / questions;
  const downShare = providers.map((each) => (each.downMs() / (clock.now() - begun)).toFixed(3));
  const calls = providers.reduce((sum, { provider }) => sum + provider.calls(), 0);
  console.log(
    `answered ${(100 * share).toFixed(2)} % of ${questions}; down ${downShare.join(', ')}; ${(calls / questions).toFixed(3)} calls a question`,
  );
  expect(share).toBeGreaterThanOrEqual(0.995);
});
