import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { agentSchema, selectionSchema, suggestionsSchema, workerSchema } from '../../schemas/agent.ts';
import { alertSchema, alertTransitionSchema } from '../../schemas/alert.ts';
import { modelSchema } from '../../schemas/model.ts';
import { sessionDetailSchema, sessionReplaySchema, sessionSchema, type SessionDetail } from '../../schemas/run.ts';
import { canonical } from '../../src/core/canonical.ts';
import type { Json } from '../../src/core/json.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { weirCommand } from '../support/daemon.ts';
import { askAt } from '../support/ask.ts';
import { createStage, untilIdle, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const path = '/api/v1/orchestration/sessions';
const orchestration = '/api/v1/orchestration';
const end = Date.UTC(2026, 5, 30);

let stage: Stage;
beforeAll(async () => {
  const simulation = simulate({ seed: '7', scenario: 'all', count: 3_000, end });
  stage = await createStage({
    log: 'embedded',
    company: simulation.company,
    config: { runs: { settle: '1s' } },
  });
  await stage.daemon.start();
  await stage.play(simulation);
  await untilIdle(stage.daemon);
}, 180_000);
afterAll(() => stage.dispose());

const ask = <T extends z.ZodType>(schema: T, to: string, body?: unknown) =>
  askAt(schema, `${stage.daemon.url}${to}`, body);

async function ended(id: string): Promise<SessionDetail> {
  const found: SessionDetail[] = [];
  await until(
    'the run has ended',
    async () => {
      const detail = await ask(sessionDetailSchema, `${path}/${id}`);
      if (detail.session.endedAt !== null) found.push(detail);
      return found.length > 0;
    },
    60_000,
  );
  const [detail] = found;
  if (!detail) throw new Error('the run has not ended');
  return detail;
}

/** As docs/agents.md says that it is made: of the rows as canonical JSON. */
async function rowsHashOf(query: string, params: Readonly<Record<string, string>>): Promise<string> {
  const named = Object.entries(params).map(([name, value]) => [`param_${name}`, value]);
  const settings = {
    default_format: 'JSONEachRow',
    date_time_output_format: 'iso',
    output_format_json_quote_64bit_integers: '0',
    output_format_json_quote_denormals: '0',
    output_format_json_named_tuples_as_objects: '1',
  };
  const asked = new URLSearchParams({ ...settings, ...Object.fromEntries(named) });
  const answer = await fetch(`${stage.daemon.url}/query?${asked.toString()}`, { method: 'POST', body: query });
  const lines = (await answer.text()).split('\n').slice(0, -1);
  expect(answer.ok, lines.join()).toBe(true);
  return hash('sha256', canonical(lines.map((line): Json => JSON.parse(line))), 'hex');
}

const alertPageSchema = z.object({ alert: alertSchema, transitions: z.array(alertTransitionSchema) });
const rowsSchema = z.object({ data: z.array(z.object({ status: z.string(), summary: z.string() })) });
const pageSchema = z.object({ sessions: z.array(sessionSchema), next: z.string().nullable(), complete: z.boolean() });

const known = ['timeline', 'scores', 'alerts', 'baselines', 'peers', 'similar'];

test('customers at risk are looked into without anybody asking: each task of a pipeline starts a run', async () => {
  const { sessions } = await ask(pageSchema, `${path}?limit=200`);
  const byPipeline = sessions.filter(({ by }) => by === 'pipeline:customer-health');
  expect(byPipeline.length).toBeGreaterThan(0);
  for (const { id, entity } of byPipeline) {
    const { session, result, context } = await ended(id);
    expect(session).toMatchObject({ status: 'completed', kind: 'customer_health' });
    expect(entity).toMatch(/^account:/);
    expect(result?.summary).not.toBe('');
    // On a busy machine a part may come too late: then it is said.
    const lacking = z.looseObject({}).parse(context?.['missing'] ?? {});
    expect(Object.keys({ ...context, ...lacking })).toEqual(expect.arrayContaining([...known, 'health']));
    expect(known.filter((part) => part in lacking)).not.toEqual(known);
  }
}, 90_000);

test('the alert that caused a run shows what came of it, and so does ClickHouse', async () => {
  const { sessions } = await ask(pageSchema, `${path}?limit=200`);
  const first = sessions.find(({ alert, status }) => alert !== null && status === 'completed');
  if (!first) throw new Error('no alert caused a run');
  const { result } = await ended(first.id);
  const shown = async () => {
    const { alert, transitions } = await ask(alertPageSchema, `/alerts/${first.alert}`);
    return { run: alert.runs?.find(({ id }) => id === first.id), transitions };
  };
  await until('the alert shows the run', async () => (await shown()).run !== undefined);
  const { run, transitions } = await shown();
  expect(run).toMatchObject({ kind: first.kind, outcome: 'completed', summary: result?.summary });
  expect(run?.findings.map(({ title }) => title)).toEqual(result?.findings.slice(0, 3).map(({ title }) => title));
  const investigated = transitions.filter(({ transition }) => transition === 'investigated');
  expect(new Set(investigated.map(({ cause }) => cause)).size).toBe(investigated.length);

  const question = encodeURIComponent(
    `SELECT status, summary FROM agent_sessions WHERE id = '${first.id}' FORMAT JSON`,
  );
  const stored = async () => (await ask(rowsSchema, `/query?query=${question}`)).data;
  await until('ClickHouse has the run', async () => (await stored())[0]?.status === 'completed');
  expect(await stored()).toEqual([{ status: 'completed', summary: result?.summary }]);
}, 90_000);

test('a run that is asked for by hand ends with findings that rest on evidence, which anybody can ask for again', async () => {
  const asked = { kind: 'customer_health', goal: 'Who may leave?', asOf: new Date(end).toISOString() };
  const session = await ask(sessionSchema, path, asked);
  const { session: after, result } = await ended(session.id);
  expect(after).toMatchObject({ id: session.id, status: 'completed', by: expect.any(String) });
  expect(result?.findings.length).toBeGreaterThan(0);
  const evidence = result?.findings.flatMap((finding) => finding.evidence) ?? [];
  for (const { query, params, rowsHash } of evidence) expect(await rowsHashOf(query, params)).toBe(rowsHash);
}, 90_000);

test('who asked for what, and was refused, is in the audit', async () => {
  const asked = { kind: 'financial', goal: 'What is unusual?', asOf: new Date(end).toISOString() };
  const { id, by } = await ask(sessionSchema, path, asked);
  await ended(id);
  const cancelled = await fetch(`${stage.daemon.url}${path}/${id}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ why: 'nobody needs it' }),
  });
  expect(cancelled.status).toBe(409);
  const question = encodeURIComponent(
    `SELECT by, action, outcome, code, why FROM audit WHERE target = '${id}' ORDER BY at FORMAT JSON`,
  );
  const rowSchema = z.looseObject({ action: z.string() });
  const audit = async () => (await ask(z.object({ data: z.array(rowSchema) }), `/query?query=${question}`)).data;
  await until('ClickHouse has the audit', async () => (await audit()).length === 2);
  expect(await audit()).toEqual([
    { by, action: 'run.request', outcome: 'done', code: '', why: '' },
    { by, action: 'run.cancel', outcome: 'refused', code: 'version-conflict', why: 'nobody needs it' },
  ]);
}, 90_000);

test('what happened in a run can be read to its end, and decided again as it was', async () => {
  const asked = { kind: 'financial', goal: 'What is unusual?', asOf: new Date(end).toISOString() };
  const { id } = await ask(sessionSchema, path, asked);
  const stream = await (await fetch(`${stage.daemon.url}${path}/${id}/events`)).text();
  const facts = [...stream.matchAll(/^event: (.+)$/gm)].map(([, fact]) => fact);
  expect(facts.slice(0, 4)).toEqual(['requested', 'admitted', 'context-attached', 'plan-decided']);
  expect(facts.at(-1)).toBe('run-ended');
  const { steps, budget } = await ended(id);
  expect(steps.every(({ startedAt, endedAt }) => startedAt !== null && endedAt !== null)).toBe(true);
  expect(budget?.spent.agentSeconds).toBeGreaterThan(0);
  expect(await ask(sessionReplaySchema, `${path}/${id}/replay`, {})).toMatchObject({ same: true, differences: [] });
}, 90_000);

test('the command lists runs, follows one to its end, and draws it', async () => {
  const weir = (...words: readonly string[]) =>
    promisify(execFile)(process.execPath, [...weirCommand(), 'runs', ...words, '--url', stage.daemon.url]);
  const asked = { kind: 'financial', goal: 'What is unusual?', asOf: new Date(end).toISOString() };
  const { id } = await ask(sessionSchema, path, asked);
  const { stdout: watched } = await weir('watch', id);
  expect(watched).toMatch(/requested .*\n(?:.*\n)*.* run-ended +completed: /);
  expect((await weir('list')).stdout).toContain(id.slice(0, 12));
  const { stdout: shown } = await weir('show', id.slice(0, 12));
  expect(shown).toMatch(new RegExp(`^${id}  completed  financial, all`));
  expect(shown).toMatch(/[├└]─ ✓ kpis  financial-analysis/);
}, 90_000);

test('runs teach who is chosen next: agents are shown with how they did, a choice with each reason, and there is a way back', async () => {
  const shown = z.object({ agents: z.array(agentSchema), workers: z.array(workerSchema) });
  const { agents, workers } = await ask(shown, `${orchestration}/agents`);
  const churn = agents.flatMap(({ skills }) => skills).find(({ id }) => id === 'churn');
  expect(churn?.known.tasks).toBeGreaterThan(0);
  expect(agents.filter(({ state }) => state !== 'ready')).toEqual([]);
  expect(workers).toMatchObject([{ agents: 11 }]);

  const chosen = await ask(selectionSchema, `${orchestration}/agents/select`, { skill: 'churn' });
  expect(chosen).toMatchObject({ chosen: 'customer-intelligence', learnt: { version: 1, pinned: false } });
  expect(chosen.ranking[0]?.reasons.map(({ name }) => name)).toEqual(['success', 'cost', 'latency', 'load']);
  expect((await ask(suggestionsSchema, `${orchestration}/suggestions`)).runs).toBeGreaterThan(0);

  const back = { version: 0, why: 'a test' };
  await ask(z.unknown(), '/models/agent_selection/release', back);
  await until('nothing learnt decides', async () => {
    const model = await ask(modelSchema, '/models/agent_selection');
    return model.judging.version === 0 && model.judging.pinned;
  });
  const unlearnt = await ask(selectionSchema, `${orchestration}/agents/select`, { skill: 'churn' });
  expect(unlearnt.ranking[0]?.reasons[0]?.text).toContain('0.0 of 0.0');
}, 90_000);
