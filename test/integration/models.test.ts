import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sessionDetailSchema, sessionSchema, type SessionDetail } from '../../schemas/run.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { openAiServer, type Behaviour, type OpenAiServer } from '../providers/support/openai-server.ts';
import { createStage, untilIdle, withoutRuns, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const path = '/api/v1/orchestration/sessions';
const end = Date.UTC(2026, 5, 30);
const key = 'sk-very-secret-key';

/** What the model proposes, asked for a plan: the last of these. */
let plan: object = {};
let says: (told: Told) => Behaviour = () => ({ does: 'status', status: 500 });
let model: OpenAiServer;
let stage: Stage;
beforeAll(async () => {
  process.env['TEST_MODEL_KEY'] = key;
  model = await openAiServer(() => (isAboutPlan() ? { does: 'answer', text: JSON.stringify(plan) } : says(lastTold())));
  const simulation = simulate({ seed: '7', scenario: 'all', count: 2_500, end });
  stage = await createStage({
    log: 'embedded',
    company: simulation.company,
    config: {
      // Those would ask the model, too.
      ...withoutRuns,
      models: {
        uses: ['phrase', 'plan'],
        providers: {
          local: { kind: 'openai-compatible', url: model.url, model: 'stub', apiKey: '${TEST_MODEL_KEY}' },
        },
      },
    },
  });
  await stage.daemon.start();
  await stage.play(simulation);
  await untilIdle(stage.daemon);
}, 180_000);
afterAll(async () => {
  delete process.env['TEST_MODEL_KEY'];
  await stage.dispose();
  await model.close();
});

const toldSchema = z
  .array(z.object({ title: z.string(), action: z.object({ text: z.string() }), evidence: z.array(z.string()) }))
  .min(1);
type Told = z.output<typeof toldSchema>;

const lastBody = () => model.requests.at(-1)?.body.messages ?? [];
const isAboutPlan = (): boolean => JSON.stringify(lastBody()[0]).includes('steps of a plan');

/** The findings that the model was asked about last. */
function lastTold(): Told {
  const asked = lastBody().find(({ role }) => role === 'user');
  return toldSchema.parse(JSON.parse(z.object({ content: z.string() }).parse(asked).content));
}

async function ask<T extends z.ZodType>(schema: T, to: string, body?: object): Promise<z.output<T>> {
  const answer = await fetch(`${stage.daemon.url}${to}`, {
    method: body ? 'POST' : 'GET',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.ok, text).toBe(true);
  return schema.parse(JSON.parse(text));
}

/** A run about all customers, as it is when it has ended. */
async function ended(goal: string, kind = 'customer_health'): Promise<SessionDetail> {
  const asked = { kind, goal, asOf: new Date(end).toISOString() };
  const { id } = await ask(sessionSchema, path, asked);
  let detail = await ask(sessionDetailSchema, `${path}/${id}`);
  await until(
    'the run has ended',
    async () => {
      detail = await ask(sessionDetailSchema, `${path}/${id}`);
      return detail.session.endedAt !== null;
    },
    60_000,
  );
  return detail;
}

async function run(goal: string): Promise<SessionDetail> {
  const detail = await ended(goal);
  expect(detail.session.status).toBe('completed');
  expect(detail.result?.findings.length).toBeGreaterThan(0);
  return detail;
}

const titlesOf = ({ result }: SessionDetail) => result?.findings.map(({ title }) => title);
const keptTo = ([first]: Told) => `${first?.title}. ${first?.action.text}.`;

let good: SessionDetail;

test('what a run found is said in prose by a model that keeps to it, beside the findings', async () => {
  says = (told) => ({ does: 'answer', text: keptTo(told) });
  good = await run('Who may leave?');
  expect(good.result?.prose).toEqual({ text: keptTo(lastTold()), provider: 'local' });
  expect(good.steps.at(-1)).toMatchObject({ skill: 'phrase', agent: 'writer', status: 'finished' });
  expect(model.requests.map(({ authorization }) => authorization)).toEqual([`Bearer ${key}`]);
  // Questions to the store are nobody's business outside.
  expect(JSON.stringify(model.requests)).not.toContain('SELECT');
}, 90_000);

test('prose with a number that was not found is refused; the result is what it is without it', async () => {
  says = (told) => ({ does: 'answer', text: `${keptTo(told)} It will cost 987,654 dollars.` });
  const refused = await run('Who may leave, once more?');
  expect(refused.result?.prose).toBeNull();
  expect(JSON.stringify(refused)).not.toContain('987,654');
  expect(titlesOf(refused)).toEqual(titlesOf(good));
  expect(refused.result?.summary).toBe(good.result?.summary);
  expect(refused.result?.confidence).toBe(good.result?.confidence);
}, 90_000);

test('with no model to be reached a run ends as ever', async () => {
  says = () => ({ does: 'status', status: 503 });
  const alone = await run('Who may leave, and nobody to say it?');
  expect(alone.result?.prose).toBeNull();
  expect(titlesOf(alone)).toEqual(titlesOf(good));
  const metrics = await stage.daemon.metrics();
  const calls = (outcome: string) =>
    metrics.get(`weir_model_call_seconds_count{provider="local",task="phrase",outcome="${outcome}"}`);
  expect(['answered', 'rejected', 'unavailable'].map(calls)).toEqual([1, 1, 1]);
}, 90_000);

test('a run there is no template for goes by the steps that a model proposes, if they hold', async () => {
  const look = (id: string, skill: string, needs: readonly string[] = []) => ({ id, skill, goal: 'Look', needs });
  says = (told) => ({ does: 'answer', text: keptTo(told) });
  plan = { steps: [look('who', 'churn'), look('how', 'health', ['who'])] };
  const open = await ended('Who is unhappy?', 'open');
  expect(open.session).toMatchObject({ status: 'completed', kind: 'open' });
  expect(open.steps.map(({ id, skill }) => `${id} ${skill}`)).toEqual(['who churn', 'how health', 'in-prose phrase']);
  expect(open.result?.findings.length).toBeGreaterThan(0);

  plan = { steps: [look('who', 'launder')] };
  const refused = await ended('Who is unhappy, and how is it hidden?', 'open');
  expect(refused.session).toMatchObject({ status: 'failed', why: expect.stringContaining('nobody proposed one') });
  expect(refused.steps).toEqual([]);
}, 90_000);

test('what a model said is in the log: after a crash it reads the same, and nobody is asked again', async () => {
  const asked = model.requests.length;
  await stage.daemon.kill();
  await stage.daemon.start();
  expect(await ask(sessionDetailSchema, `${path}/${good.session.id}`)).toEqual(good);
  expect(model.requests).toHaveLength(asked);
}, 90_000);

test('no log line and no metric holds the key', async () => {
  expect(stage.daemon.lines.length).toBeGreaterThan(0);
  expect(JSON.stringify(stage.daemon.lines)).not.toContain(key);
  expect(JSON.stringify([...(await stage.daemon.metrics())])).not.toContain(key);
});
