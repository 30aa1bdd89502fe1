import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factsOf, noRun } from '../../src/orchestration/fold.ts';
import { aRun } from '../../src/orchestration/ladder.ts';
import { sessionOf } from '../../src/orchestration/session-view.ts';
import { attemptsOf, planOf, type Attempt } from '../../src/orchestration/steps.ts';
import { oneCall } from '../orchestration/support/reference.ts';
import { anInsight } from '../support/store.ts';
import { archivedRuns, type ArchivedRuns } from './archived-runs.ts';
import { lookedInto } from './told-runs.ts';

let world: ArchivedRuns;

beforeAll(async () => {
  world = await archivedRuns();
});

afterAll(() => world.close());

const ask: ArchivedRuns['ask'] = (...question) => world.ask(...question);

describe('runs of agents in ClickHouse', () => {
  it('are what they are in the log, whatever was said late and twice', async () => {
    const sessions = await ask('SELECT * FROM agent_sessions ORDER BY id');
    const ids = [...world.runs.keys()].filter((id) => id !== 'theirs').sort();
    expect(sessions.map(({ id }) => id)).toEqual(ids);
    for (const session of sessions) {
      const run = world.runs.get(String(session['id'])) ?? noRun;
      const { id: _, why, asOf, requestedAt, endedAt, ...same } = sessionOf(run) ?? {};
      const spent = [...factsOf(run, 'step-finished'), ...factsOf(run, 'step-failed')].map(({ fact }) => fact.spent);
      expect(session).toMatchObject({
        ...same,
        why: why ?? '',
        asOf,
        requestedAt,
        endedAt,
        pattern: planOf(run)?.pattern?.name ?? '',
        steps: planOf(run)?.steps.length ?? 0,
        attempts: factsOf(run, 'step-scheduled').length,
        failures: factsOf(run, 'step-failed').length,
        agents: [...new Set(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent))].sort(),
        money: expect.closeTo(
          spent.reduce((sum, { money }) => sum + money, 0),
          9,
        ),
      });
    }
  });

  it('are the same after the table was merged', async () => {
    const all = 'SELECT * FROM agent_runs ORDER BY run, key';
    const before = await ask(all);
    await world.store.inquire('OPTIMIZE TABLE weir.agent_runs FINAL');
    expect(await ask(all)).toEqual(before);
    const [copies] = await world.store.inquire(
      "SELECT count() AS rows, uniqExact(run, key) AS facts FROM weir.agent_runs WHERE org = 'acme'",
    );
    expect(copies).toMatchObject({ rows: before.length, facts: before.length });
  });

  it('tell each attempt of an agent, and how it ended', async () => {
    const attempts = await ask("SELECT * FROM agent_attempts WHERE run = 'paired' ORDER BY step, number");
    expect(attempts).toMatchObject([
      { step: 'checked', number: 1, agent: 'first', skill: 'work', status: 'running', seconds: null },
      { step: 'made', number: 1, agent: 'first', status: 'failed', fault: 'unfit', seconds: 1.5, startedAt: null },
      { step: 'made', number: 2, agent: 'second', status: 'finished', fault: '', seconds: 3, money: oneCall.money },
    ]);
    for (const [id, run] of world.runs) {
      if (id === 'theirs') continue;
      const steps = (planOf(run)?.steps ?? []).flatMap(({ id: step }) => [step, `undo/${step}`]);
      // What a run under it does is told of that run, and not twice.
      const known = steps.flatMap((step) => attemptsOf(run, step).filter(byAgent));
      const [row] = await ask(
        `SELECT count() AS attempts, countIf(status = 'failed') AS failed FROM agent_attempts WHERE run = '${id}'`,
      );
      expect(row).toEqual({ attempts: known.length, failed: known.filter(({ fault }) => fault).length });
    }
  });

  const byAgent = ({ scheduled }: Attempt) => scheduled.fact.agent !== aRun;

  it('tell how well each agent does what it can do', async () => {
    const [first, second] = await ask(
      "SELECT agent, sum(attempts) AS asked, sum(running) AS running, sum(finished) AS finished FROM agent_performance WHERE skill = 'work' GROUP BY agent ORDER BY agent LIMIT 2",
    );
    expect(first).toMatchObject({ agent: 'first', running: 1 });
    expect(Number(first?.['finished'])).toBeGreaterThan(0);
    expect(Number(first?.['asked'])).toBeGreaterThanOrEqual(Number(first?.['finished']));
    expect(second).toMatchObject({ agent: 'second' });
  });

  it('tell the cost of a run under a run once, of the agents that did it', async () => {
    const delegated = [...world.runs.values()].flatMap((run) => factsOf(run, 'step-scheduled'));
    expect(delegated.some(({ fact }) => fact.agent === aRun)).toBe(true);
    for (const name of ['agent_attempts', 'agent_performance']) {
      expect(await ask(`SELECT agent FROM ${name} WHERE agent = '${aRun}'`)).toEqual([]);
    }
  });

  it('tell who worked with whom', async () => {
    const related = await ask("SELECT * FROM agent_relationships WHERE run = 'paired' ORDER BY relation");
    const made = { fromStep: 'made', fromAgent: 'second', toStep: 'checked', toAgent: 'first' };
    expect(related).toMatchObject([
      { relation: 'checks', fromRun: 'paired', ...made },
      { relation: 'delegates', fromRun: 'above', run: 'paired', fromAgent: '', toAgent: '' },
    ]);
    for (const id of ['v2-pair-completed', 'v2-swarm-completed', 'v2-hierarchical-completed']) {
      const steps = planOf(world.runs.get(id) ?? noRun)?.steps ?? [];
      const planned = steps.flatMap(({ id: toStep, needs, notBy, gather }) =>
        needs.map((fromStep) => ({
          relation: notBy?.includes(fromStep) ? 'checks' : gather ? 'gathers' : 'builds-on',
          fromStep,
          toStep,
        })),
      );
      const found = await ask(
        `SELECT relation, fromStep, toStep FROM agent_relationships WHERE run = '${id}' AND relation != 'delegates'`,
      );
      expect(found).toHaveLength(planned.length);
      expect(found).toEqual(expect.arrayContaining(planned));
    }
    const [edges] = await ask("SELECT count() AS edges FROM agent_relationships WHERE run = 'v1-parallel-completed'");
    const plan = planOf(world.runs.get('v1-parallel-completed') ?? noRun);
    expect(edges).toEqual({ edges: plan?.steps.flatMap(({ needs }) => needs).length });
  });

  it('tell what was said between agents, what they handed on, and what people were asked and said', async () => {
    expect(await ask("SELECT * FROM agent_communications WHERE run = 'paired' ORDER BY at, ordinal")).toMatchObject([
      { kind: 'hand-off', from: 'first', to: 'second', step: 'made', text: 'it hands it to second: it has the keys' },
      { kind: 'message', from: 'second', to: 'first', step: '', text: 'Look at the invoices' },
      { kind: 'person-asked', from: '', to: 'person', step: 'undo/made', text: 'nobody was found for takeBack' },
      { kind: 'person-answered', from: 'person:ann', to: '', step: 'undo/made', text: 'it is paid' },
      { kind: 'hand-off', from: '', to: 'person', step: 'undo/made', text: 'it cannot be taken back' },
    ]);
  });

  it('tell by the fact what was handed on, and by its words only of what an earlier weir wrote', async () => {
    const said = await ask("SELECT * FROM agent_communications WHERE run = 'handed' ORDER BY at, ordinal");
    expect(said).toMatchObject([
      { kind: 'hand-off', from: 'first', to: '', text: 'it hands it to somebody else: it is about money' },
    ]);
    expect(said).toHaveLength(1);
  });

  it('are seen by their own organisation alone, in every table and view', async () => {
    for (const name of ['agent_runs', 'agent_sessions']) {
      expect(await ask(`SELECT DISTINCT org FROM ${name}`, 'globex')).toEqual([{ org: 'globex' }]);
    }
    for (const name of ['agent_attempts', 'agent_performance', 'agent_relationships', 'agent_communications']) {
      expect(await ask(`SELECT DISTINCT org FROM ${name}`, 'globex')).toEqual([]);
      expect(await ask(`SELECT DISTINCT org FROM ${name}`)).toEqual([{ org: 'acme' }]);
    }
  });

  it('answer the examples of the documentation', async () => {
    const page = readFileSync(new URL('../../docs/query.md', import.meta.url), 'utf8');
    const examples = Array.from(page.matchAll(/```sql\n(.*?)```/gs), ([, sql = '']) => sql);
    expect(examples.length).toBeGreaterThan(1);
    for (const sql of examples) expect((await ask(sql)).length).toBeGreaterThan(0);
  });

  it('stand with the alerts that caused them', async () => {
    const [alert] = await ask('SELECT runs FROM alerts');
    expect(alert).toEqual({ runs: [lookedInto] });
    expect(await ask('SELECT transitions FROM alert_noise')).toMatchObject([{ transitions: 0 }]);
  });

  it('leave what is no entry in the dead letters, and what triggers remember out', async () => {
    const letters = world.log.jsonOf('DEADLETTERS');
    expect(letters).toMatchObject([{ org: 'acme', hop: 'archive', reason: 'message-unreadable', events: 0 }]);
    expect(await ask("SELECT count() AS rows FROM agent_runs WHERE run IN ('t', 'broken')")).toEqual([{ rows: 0 }]);
  });

  it('bring the insights of their results along', async () => {
    const insight = anInsight({ id: 'of-a-run', pipeline: 'orchestration' });
    const result = { findings: [], confidence: 0.7, summary: 'It may leave.', insights: [{ ...insight }] };
    const entry: readonly Fact[] = [
      { fact: 'result-synthesised', result },
      { fact: 'run-ended', outcome: 'completed', why: 'all steps are over' },
    ];
    await world.append('acme', 'paired', [entry, entry]);
    await world.archive();
    expect(await ask("SELECT id, title, expectedValue FROM insights WHERE pipeline = 'orchestration'")).toEqual([
      { id: 'of-a-run', title: insight.title, expectedValue: insight.expectedValue },
    ]);
    const [session] = await ask("SELECT status, summary, confidence FROM agent_sessions WHERE id = 'paired'");
    expect(session).toEqual({ status: 'completed', summary: 'It may leave.', confidence: 0.7 });
    // What was under way when it ended is under way no more.
    expect(await ask("SELECT status FROM agent_attempts WHERE run = 'paired' AND step = 'checked'")).toEqual([
      { status: 'left' },
    ]);
  });
});
