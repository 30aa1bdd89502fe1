import { describe, expect, onTestFinished, test } from 'vitest';
import { check } from '../../src/agents/check.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Agent, AgentData } from '../../src/orchestration/agent.ts';
import { decidersOf, type DecidersOptions } from '../../src/orchestration/deciders.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import type { Pattern } from '../../src/orchestration/run.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { planOf, viewsOf } from '../../src/orchestration/steps.ts';
import { reportOf } from '../agents/support/lab.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aCard, aSkill, free } from './a-card.ts';
import { aReport, aRequest } from './support/reference.ts';
import { createRig, runOf, untilEnded } from './support/rig.ts';

const proposals = [{ alert: 'a1', steps: [{ do: 'Roll back service.deployed 1.2' }] }];

/** A run about a service, by agents of which one proposes what it is told to. */
async function running(proposed: boolean, options: DecidersOptions, pattern: Pattern = 'solo') {
  const fix: Agent = {
    card: aCard('fix', [aSkill('remediation', { output: ['proposals', 'proposed'] })]),
    async *run() {
      yield { says: 'report', report: aReport({ proposals: proposed ? proposals : [], proposed }) };
    },
  };
  const agents = [fix, check];
  const log = createMemoryLog(systemClock);
  const rig = createRig({
    log,
    how: decidersOf(
      agents.map(({ card }) => card),
      undefined,
      options,
    ),
    agents,
  });
  onTestFinished(() => rig.stop());
  await rig.start();
  await startRun(log, systemClock, aRequest('r', { kind: 'system_performance', pattern }));
  return log;
}

describe('what is proposed for a service', () => {
  test('is told and no more, where nobody asked for clearances: the run waits for no person', async () => {
    const run = await untilEnded(await running(true, {}), 'r');
    expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
    expect(planOf(run)?.steps.map(({ id }) => id)).toEqual(['remediation']);
  });

  test('is cleared once a person has approved just that', async () => {
    const log = await running(true, { clearance: true });
    const asked = async () => factOf(await runOf(log, 'r'), 'approval-requested', 'clearance')?.fact;
    await until('a person is asked', async () => (await asked()) !== undefined);
    const { argumentsHash = '', task } = (await asked()) ?? {};
    expect(task?.input['proposals']).toEqual(proposals);
    expect(factOf(await runOf(log, 'r'), 'step-scheduled', 'clearance', 1)).toBeUndefined();
    const answer = { org: 'acme', by: 'ann', step: 'clearance', argumentsHash, why: 'it began with that' } as const;
    await createSessions(log, systemClock).approve('r', { ...answer, decision: 'grant' });
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
    expect(factOf(run, 'step-finished', 'clearance')?.fact.report.output).toEqual({ cleared: proposals, lapsed: [] });
  });

  test('is cleared by the report it rests on, where one agent made it and another checked it', async () => {
    const log = await running(true, { clearance: true }, 'pair');
    const asked = async () => factOf(await runOf(log, 'r'), 'approval-requested', 'clearance')?.fact;
    await until('a person is asked', async () => (await asked()) !== undefined);
    expect((await asked())?.task.input['reports']).toMatchObject([{ step: 'remediation-made-1', agent: 'fix' }]);
  });

  test('is cleared by the run above, where a run of its own proposed it: a person approved just that', async () => {
    const log = await running(true, { clearance: true }, 'hierarchical');
    const asked = async () => factOf(await runOf(log, 'r'), 'approval-requested', 'clearance')?.fact;
    await until('a person is asked', async () => (await asked()) !== undefined);
    const { argumentsHash = '', task } = (await asked()) ?? {};
    expect(factOf(await runOf(log, 'r'), 'step-scheduled', 'remediation', 1)?.fact.child).toBeDefined();
    expect(task?.input).toMatchObject({ proposals, reports: [{ step: 'remediation', output: { proposals } }] });
    const answer = { org: 'acme', by: 'ann', step: 'clearance', argumentsHash, why: 'it began with that' } as const;
    await createSessions(log, systemClock).approve('r', { ...answer, decision: 'grant' });
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'step-finished', 'clearance')?.fact.report.output).toEqual({ cleared: proposals, lapsed: [] });
  });

  test('is not cleared where nothing of it can be asked again', async () => {
    const task = {
      key: 'r/c',
      org: 'acme',
      entity: null,
      skill: 'clearance',
      goal: '',
      asOf: '',
      input: { proposals },
    };
    const data: AgentData = { ask: () => Promise.reject(new Error('nothing is to be asked')) };
    const board = { get: async () => undefined, put: async () => ({ kind: 'moved' }) as const };
    const tools = { data, board, signal: new AbortController().signal, seed: 1, budget: free };
    expect(await reportOf(check, task, tools)).toMatchObject({
      output: {},
      abstained: expect.stringContaining('No report'),
    });
  });

  test('is not cleared where it is denied; the run completes all the same', async () => {
    const log = await running(true, { clearance: true });
    const asked = async () => factOf(await runOf(log, 'r'), 'approval-requested', 'clearance')?.fact;
    await until('a person is asked', async () => (await asked()) !== undefined);
    const { argumentsHash = '' } = (await asked()) ?? {};
    const answer = { org: 'acme', by: 'ann', step: 'clearance', argumentsHash, why: 'not on a Friday' } as const;
    await createSessions(log, systemClock).approve('r', { ...answer, decision: 'deny' });
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
    expect(factOf(run, 'step-skipped', 'clearance')?.fact.why).toContain('ann denied it');
  });

  test.each(['solo', 'hierarchical'] as const)('asks nobody where nothing is proposed (%s)', async (pattern) => {
    const run = await untilEnded(await running(false, { clearance: true }, pattern), 'r');
    expect(viewsOf(run).map(({ step, status }) => `${step.id} ${status}`)).toEqual([
      'remediation finished',
      'clearance skipped',
    ]);
    expect(factOf(run, 'approval-requested', 'clearance')).toBeUndefined();
  });

  test.each([
    ['the same rows', 'h1', { cleared: proposals, lapsed: [] }],
    ['other rows by now', 'h2', { cleared: [], lapsed: ['Roll back'] }],
  ])('is held against its evidence once more: it gives %s', async (_, rowsHash, output) => {
    const data: AgentData = {
      ask: async (query, params) => ({
        rows: [],
        evidence: (text) => ({ query, params: { ...params }, rowsHash, text }),
      }),
    };
    const evidence = [{ query: 'SELECT 1', params: {}, rowsHash: 'h1', text: '1' }];
    const input: JsonObject = { proposals, reports: [{ insights: [{ title: 'Roll back', evidence }] }] };
    const task = { key: 'r/c', org: 'acme', entity: null, skill: 'clearance', goal: '', asOf: '', input };
    const board = { get: async () => undefined, put: async () => ({ kind: 'moved' }) as const };
    const tools = { data, board, signal: new AbortController().signal, seed: 1, budget: free };
    expect((await reportOf(check, task, tools)).output).toEqual(output);
  });
});
