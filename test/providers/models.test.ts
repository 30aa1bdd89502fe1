import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import type { AgentInsight, Cost } from '../../src/core/agent.ts';
import type { AgentSays } from '../../src/orchestration/agent.ts';
import { createPurse } from '../../src/providers/budget.ts';
import { createCoordinator } from '../../src/providers/coordinator.ts';
import { lintConfig } from '../../src/config/lint.ts';
import { configOf } from '../../src/config/load.ts';
import { configSchema, type ConfigInput } from '../../src/config/schema.ts';
import { dayOf, embedderOf, modelsOf, orgDaysOf, providersOf } from '../../src/providers/options.ts';
import { phrase } from '../../src/providers/phrase.ts';
import { createPlanner } from '../../src/providers/planner.ts';
import { propose } from '../../src/providers/propose.ts';
import { rank } from '../../src/providers/rank.ts';
import type { Strategy } from '../../src/providers/strategies.ts';
import { createWriter, type WriterDeps } from '../../src/providers/writer.ts';
import { createRandom } from '../../src/simulate/random.ts';
import { openAiServer, type Behaviour, type OpenAiServer } from './support/openai-server.ts';
import { aClock, aQuestion, listening } from './support/scripted.ts';

const servers: OpenAiServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const plenty = { money: 100, tokens: 1e9, calls: 1e6, agentSeconds: 0 };
const late: AgentInsight = {
  kind: 'risk',
  entity: 'account:brightloom',
  title: 'Brightloom pays late',
  detail: '3 of 4 invoices were paid after 30 days.',
  evidence: [{ query: 'SELECT secret FROM events', params: {}, rowsHash: 'ab', text: '3 of 4 invoices paid late' }],
  effect: { name: 'share of invoices', value: 75, unit: '%' },
  confidence: 0.8,
  action: { text: 'Call Jane Doe', expectedValue: 48_000, currency: 'USD' },
};
const findings = [late];
const good = 'Brightloom paid 3 of 4 invoices late, 75% of them. Call Jane Doe; $48,000 is at stake.';
const invented = 'Brightloom paid 9 of 12 invoices late.';

const modelsConfig = (models: ConfigInput['models']) => configOf({ models }).models;

/** Models behind real servers, as a configuration has them; asked in turn. */
async function configured(
  behaviours: Readonly<Record<string, (request: number) => Behaviour>>,
  clock = systemClock,
  strategy: Strategy = 'round-robin',
) {
  const providers: NonNullable<NonNullable<ConfigInput['models']>['providers']> = {};
  const started: Record<string, OpenAiServer> = {};
  for (const [name, behaviour] of Object.entries(behaviours)) {
    const server = await openAiServer(behaviour);
    servers.push(server);
    started[name] = server;
    const tight = { requestsPerMinute: 100_000, tokensPerMinute: 100_000_000, timeout: '20s' as const };
    providers[name] = {
      kind: 'openai-compatible',
      model: 'stub',
      url: server.url,
      apiKey: 'sk-very-secret',
      inputPrice: 1,
      outputPrice: 2,
      ...tight,
    };
  }
  const config = modelsConfig({
    providers,
    strategy,
    callsPerDay: 100_000,
    tokensPerDay: 1_000_000_000,
  });
  const heard = listening();
  const models = createCoordinator({
    providers: providersOf(config, clock),
    strategy: config.strategy,
    purse: dayOf(config, clock),
    clock,
    happened: heard,
  });
  return { models, heard, servers: started };
}

const options = (purse = createPurse(plenty)) => ({ signal: new AbortController().signal, purse });
const answering = (text: string) => (): Behaviour => ({ does: 'answer', text });

describe('findings are phrased', () => {
  test('by a model that keeps to them', async () => {
    const { models, servers } = await configured({ a: answering(good) });
    expect(await phrase(models, findings, options())).toEqual({
      kind: 'prose',
      text: good,
      provider: 'a',
      calls: [
        {
          provider: 'a',
          task: 'phrase',
          outcome: 'answered',
          detail: '',
          latencyMs: expect.any(Number),
          tokens: 30,
          money: 0.00004,
        },
      ],
    });
    // What was asked of ClickHouse is nobody's business outside.
    expect(JSON.stringify(servers['a']?.requests)).not.toContain('SELECT');
  });

  test('by the next one, where one makes up a number; what it said is not told', async () => {
    const { models, heard } = await configured({ a: answering(invented), b: answering(good) });
    expect(await phrase(models, findings, options())).toMatchObject({ kind: 'prose', provider: 'b' });
    expect(heard.calls[0]).toMatchObject({ outcome: 'rejected', detail: 'a number that is not in the findings' });
  });

  test('by the next one, where one is ill in any way', async () => {
    const ill: readonly Behaviour[] = [
      { does: 'status', status: 503 },
      { does: 'status', status: 429, headers: { 'retry-after': '30' } },
      { does: 'half', text: 'Brightloom pa', cut: true },
      { does: 'garbage' },
      { does: 'reset' },
    ];
    for (const behaviour of ill) {
      const { models } = await configured({ a: () => behaviour, b: answering(good) });
      expect(await phrase(models, findings, options())).toMatchObject({ kind: 'prose', provider: 'b' });
    }
  });

  test('by none, where none keeps to them', async () => {
    const { models } = await configured({ a: answering(invented) });
    expect(await phrase(models, findings, options())).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('a: rejected'),
    });
  });

  test('not beyond the budget, and the fallback is reserved anew', async () => {
    const { models, servers } = await configured({ a: answering(invented), b: answering(good) });
    const once = createPurse({ ...plenty, calls: 1 });
    expect(await phrase(models, findings, options(once))).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/^budget/),
    });
    expect(servers['b']?.requests).toHaveLength(0);
  });
});

describe('a model ranks and plans, and cannot break anything by it', () => {
  test('an order is one of what was given, each once', async () => {
    const { models } = await configured({ a: answering('{"order":[1,1]}'), b: answering('{"order":[1,0]}') });
    expect(await rank(models, 'keep customers', ['one', 'two'], options())).toMatchObject({
      value: [1, 0],
      provider: 'b',
    });
  });

  test('what does not fit the schema is a fault of the answer, not of the provider', async () => {
    const { models } = await configured({ a: answering('{"sequence":[1,0]}'), b: answering('Two, then one.') });
    const answer = await rank(models, 'keep customers', ['one', 'two'], options());
    expect(answer.attempts.map(({ fault }) => fault.kind)).toEqual(['wrong-schema', 'wrong-schema']);
    expect(models.state().providers['a']?.breaker.faults).toBe(0);
  });

  test('a plan is taken only if its validator takes it', async () => {
    const plan = z.object({ steps: z.array(z.string()) });
    const { models } = await configured({ a: answering('{"steps":["launder"]}'), b: answering('{"steps":["churn"]}') });
    const means = [{ id: 'churn', description: 'Who will leave.', input: [], output: ['churn'] }];
    const validate = ({ steps }: z.output<typeof plan>) =>
      steps.every((step) => means.some(({ id }) => id === step))
        ? ({ kind: 'read', value: steps } as const)
        : ({ kind: 'rejected', detail: 'a capability is missing' } as const);
    const answer = await propose(models, { goal: 'keep customers', means, schema: plan, validate }, options());
    expect(answer).toMatchObject({ value: ['churn'], provider: 'b', attempts: [{ fault: { kind: 'rejected' } }] });
  });
});

describe('the planner', () => {
  const schema = z.object({ steps: z.array(z.string()) });
  const run = { org: 'acme', goal: 'keep customers' };
  const plannerOf = async (behaviour: () => Behaviour, perOrg = plenty) => {
    const { models } = await configured({ a: behaviour });
    return createPlanner({ models, skills: [], schema, cost: plenty, purseOf: () => createPurse(perOrg) });
  };
  const take = (value: z.output<typeof schema>) => ({ kind: 'read', value }) as const;

  test('tells what was proposed, by whom, and what each call cost', async () => {
    const planner = await plannerOf(answering('{"steps":["churn"]}'));
    expect(await planner(run, take)).toMatchObject({
      kind: 'proposed',
      value: { steps: ['churn'] },
      provider: 'a',
      calls: [{ provider: 'a', task: 'plan', outcome: 'answered', tokens: 30 }],
    });
  });

  test('tells why there is none, and not what was said', async () => {
    const planner = await plannerOf(answering('{"steps":["launder"]}'));
    const none = await planner(run, () => ({ kind: 'rejected', detail: 'the plan does not hold' }));
    expect(none).toMatchObject({ kind: 'none', why: 'failed; a: rejected, the plan does not hold' });
    expect(JSON.stringify(none)).not.toContain('launder');
    const poor = await plannerOf(answering('{"steps":["churn"]}'), { ...plenty, calls: 0 });
    expect(await poor(run, take)).toMatchObject({ kind: 'none', why: 'budget', calls: [] });
  });
});

describe('the writer', () => {
  const second: AgentInsight = { ...late, title: 'Brightloom complains', confidence: 0.7 };
  const run = async (
    behaviour: (request: number) => Behaviour,
    insights: readonly AgentInsight[],
    { ranks = false, perOrg = plenty, models: given, ...more }: Partial<WriterDeps> & { perOrg?: Cost } = {},
  ) => {
    const models = given ?? (await configured({ a: behaviour })).models;
    const says: AgentSays[] = [];
    const task = { key: 'r/s', org: 'acme', entity: null, skill: 'phrase', goal: '', asOf: '2026-11-26T00:00:00Z' };
    const { signal } = new AbortController();
    const tools = { data: { ask: never }, board: { get: never, put: never }, signal, seed: 1, budget: plenty };
    const reports = [{ step: 'churn', agent: 'a', insights, abstained: null, output: {}, degraded: false }];
    const input = z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify({ reports })));
    const writer = createWriter({
      models,
      phrases: true,
      ranks,
      cost: plenty,
      purseOf: () => createPurse(perOrg),
      ...more,
    });
    for await (const each of writer.run({ ...task, input }, tools)) says.push(each);
    return says.at(-1);
  };

  test('reports prose, who said it, and what each call cost', async () => {
    const call = { provider: 'a', task: 'phrase', outcome: 'answered', latencyMs: expect.any(Number) };
    expect(await run(answering(good), findings)).toMatchObject({
      report: {
        abstained: null,
        output: { prose: good, provider: 'a', calls: [{ ...call, tokens: 30, money: 0.00004 }] },
        spent: { money: 0.00004, tokens: 30, calls: 1 },
        degraded: false,
      },
    });
  });

  test('abstains and says why, where no model can, or one makes up a number; the call is recorded all the same', async () => {
    const away = await run(() => ({ does: 'status', status: 503 }), findings);
    expect(away).toMatchObject({
      report: {
        abstained: expect.stringContaining('unavailable'),
        output: { calls: [{ provider: 'a', outcome: 'unavailable' }] },
      },
    });
    const refused = await run(answering(invented), findings);
    expect(refused).toMatchObject({ report: { abstained: expect.stringContaining('a number that is not in') } });
    expect(JSON.stringify(refused)).not.toContain('9 of 12');
  });

  test('puts findings in order where it is to, and goes on without where no model does', async () => {
    const both = [...findings, second];
    const turned = (request: number): Behaviour => ({ does: 'answer', text: request === 1 ? '{"order":[1,0]}' : good });
    const titles = (report: unknown) => JSON.stringify(report).match(/"title":"[^"]*"/g);
    const ranked = await run(turned, both, { ranks: true });
    expect(titles(ranked)).toEqual(['"title":"Brightloom complains"', '"title":"Brightloom pays late"']);
    const unranked = await run(answering(good), both, { ranks: true });
    expect(unranked).toMatchObject({ report: { output: { prose: good } } });
    expect(titles(unranked)).toBeNull();
  });

  test('spends no more than the organisation may', async () => {
    const none = { perOrg: { ...plenty, calls: 0 } };
    expect(await run(answering(good), findings, none)).toMatchObject({
      report: { abstained: expect.stringMatching(/^budget/), output: { calls: [] } },
    });
  });

  test('asks whom the organisation’s runs have shown to be worth it', async () => {
    const asks = async (best: string) => {
      const { models, servers } = await configured({ a: answering(good), b: answering(good) }, systemClock, 'learned');
      const worthOf = (org: string) => () => new Map([[org === 'acme' ? best : 'nobody', 1]]);
      await run(answering(good), findings, { models, worthOf });
      return ['a', 'b'].filter((name) => (servers[name]?.requests.length ?? 0) > 0);
    };
    expect([await asks('a'), await asks('b')]).toEqual([['a'], ['b']]);
  });

  test('abstains where nothing was found', async () => {
    expect(await run(answering(good), [])).toMatchObject({ report: { abstained: 'there are no findings to phrase' } });
  });

  const never = () => Promise.reject(new Error('it asks for no data'));
});

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

test('three servers, each ill for 10 % of the questions, answer at least 99.5 % of them, through the SDK', async () => {
  const random = createRandom('three servers');
  const clock = aClock();
  const illnesses: readonly Behaviour[] = [
    { does: 'status', status: 503 },
    { does: 'status', status: 429, headers: { 'retry-after': '1' } },
    { does: 'half', text: 'Ye', cut: true },
    { does: 'half', text: 'Ye', cut: false },
    { does: 'garbage' },
    { does: 'reset' },
  ];
  const well = new Map<string, boolean>();
  const behaviour = (name: string) => {
    const own = random.fork(name);
    return (): Behaviour => (well.get(name) === true ? { does: 'answer', text: 'Yes.' } : own.pick(illnesses));
  };
  const { models } = await configured({ a: behaviour('a'), b: behaviour('b'), c: behaviour('c') }, clock);
  const questions = 1_000;
  let answered = 0;
  for (let asked = 0; asked < questions; asked += 1) {
    clock.move(2_000);
    for (const name of ['a', 'b', 'c']) well.set(name, !random.chance(0.1));
    const answer = await models.ask(aQuestion(), options());
    if (answer.kind === 'answered') answered += 1;
  }
  console.log(`answered ${((100 * answered) / questions).toFixed(2)} % of ${questions} through the SDK`);
  expect(answered / questions).toBeGreaterThanOrEqual(0.995);
});
