import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.ts';
import type { AgentInsight, Cost } from '../../src/core/agent.ts';
import type { AgentSays } from '../../src/orchestration/agent.ts';
import { createPurse } from '../../src/providers/budget.ts';
import { createPlanner } from '../../src/providers/planner.ts';
import { createWriter, type WriterDeps } from '../../src/providers/writer.ts';
import { type Behaviour } from './support/openai-server.ts';
import { answering, configured, findings, good, invented, late, plenty } from './support/configured.ts';

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
