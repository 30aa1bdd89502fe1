import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { lintConfig } from '../../src/config/lint.ts';
import { configSchema } from '../../src/config/schema.ts';
import { dayOf, embedderOf, modelsOf, orgDaysOf, providersOf } from '../../src/providers/options.ts';
import { aClock, listening } from './support/scripted.ts';
import { modelsConfig } from './support/configured.ts';

describe('the configuration', () => {
  const one = { kind: 'openai-compatible', model: 'm', url: 'https://models.example/v1' } as const;
  const problem = (provider: object) => {
    const parsed = configSchema.safeParse({ models: { providers: { one: provider } } });
    return parsed.success ? 'none' : parsed.error.issues[0]?.message;
  };

  test('needs an address, a key where one is needed, and sends none in the open', () => {
    expect(problem(one)).toBe('none');
    expect(problem({ kind: 'openai-compatible', model: 'm' })).toMatch('needs an address');
    expect(problem({ kind: 'anthropic', model: 'm' })).toMatch('needs a key');
    expect(problem({ ...one, apiKey: 'sk-very-secret', url: 'http://models.example/v1' })).toMatch('goes over https');
  });

  test('takes a key from the environment or a file alone, and says where one is missing', () => {
    const lint = (apiKey: string, env = {}) =>
      lintConfig({
        file: {
          path: '/etc/weir.yaml',
          text: `models:\n  providers:\n    one:\n      { kind: anthropic, model: m, apiKey: "${apiKey}" }\n`,
        },
        env,
        cwd: '/etc',
      }).findings.map(({ line, message }) => `${line}: ${message}`);
    expect(lint('${MODEL_KEY}', { MODEL_KEY: 'sk-very-secret' })).toEqual([]);
    expect(lint('${MODEL_KEY}')[0]).toBe('4: models.providers.one.apiKey: ${MODEL_KEY} is not set in the environment');
    expect(lint('sk-very-secret')[0]).toMatch('a secret must not stand here in plain text');
  });

  test('without providers has none', () => {
    const config = modelsConfig({});
    expect(providersOf(config, systemClock)).toEqual([]);
    const none = { config, clock: systemClock, happened: listening(), day: dayOf(config, systemClock) };
    expect(modelsOf(none)).toBeUndefined();
    expect(embedderOf(none, () => none.day)).toBeUndefined();
  });

  test('bounds what an organisation spends a day beside what all do, each by itself', async () => {
    const clock = aClock();
    const purseOf = orgDaysOf(modelsConfig({ moneyPerOrg: 1 }), clock);
    const half = { money: 0.6, tokens: 1, calls: 1, agentSeconds: 0 };
    const kinds = async (org: string) => (await purseOf(org).reserve(half)).kind;
    expect([await kinds('acme'), await kinds('acme'), await kinds('globex')]).toEqual([
      'reserved',
      'refused',
      'reserved',
    ]);
    clock.move(24 * 3_600_000);
    expect(await kinds('acme')).toBe('reserved');
  });
});
