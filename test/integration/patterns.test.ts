import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { sessionDetailSchema, sessionReplaySchema, sessionSchema, type SessionDetail } from '../../schemas/run.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { askAt } from '../support/ask.ts';
import { createStage, untilIdle, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const path = '/api/v1/orchestration/sessions';
const end = Date.UTC(2026, 5, 30);

describe.each(['embedded', 'jetstream'] as const)('by the agents that come with weir, on the %s log', (log) => {
  let stage: Stage;
  beforeAll(async () => {
    const simulation = simulate({ seed: '7', scenario: 'all', count: 2_000, end });
    stage = await createStage({ log, company: simulation.company, config: { runs: { settle: '1s' } } });
    await stage.daemon.start();
    await stage.play(simulation);
    await untilIdle(stage.daemon);
  }, 120_000);
  afterAll(() => stage.dispose());

  const ask = <T extends z.ZodType>(schema: T, to: string, body?: unknown) =>
    askAt(schema, `${stage.daemon.url}${to}`, body);

  async function done(pattern: string, kind: string): Promise<SessionDetail> {
    const asOf = new Date(end).toISOString();
    const { id } = await ask(sessionSchema, path, { kind, goal: 'What is wrong?', pattern, asOf });
    const detailNow = () => ask(sessionDetailSchema, `${path}/${id}`);
    await until('the run has ended', async () => (await detailNow()).session.endedAt !== null, 60_000);
    const detail = await detailNow();
    expect(detail).toMatchObject({ session: { status: 'completed' }, pattern });
    expect(await ask(sessionReplaySchema, `${path}/${id}/replay`, {})).toMatchObject({ same: true, differences: [] });
    return detail;
  }
  const finished = ({ steps }: SessionDetail) => steps.filter(({ status }) => status === 'finished');

  test('a run is done as a pair: what one found another asks again', async () => {
    const detail = await done('pair', 'customer_health');
    // Evidence that is asked again at once gives the same rows: nothing is sent back.
    expect(finished(detail).some(({ id, agent }) => id === 'churn-checked-1' && agent === 'check')).toBe(true);
    expect(detail.steps.find(({ id }) => id === 'churn-made-2')?.status).toBe('skipped');
  }, 90_000);

  test('a run is done as a hierarchy: each step a run of its own', async () => {
    const detail = await done('hierarchical', 'customer_health');
    const [child] = finished(detail).flatMap((step) => step.child ?? []);
    const below = await ask(sessionDetailSchema, `${path}/${child ?? ''}`);
    expect(below).toMatchObject({ session: { status: 'completed' }, parent: detail.session.id });
  }, 90_000);

  test('a run is done as a swarm: two agents look for what is odd, each its own way, and what they agree on stands', async () => {
    const detail = await done('swarm', 'system_performance');
    const peers = finished(detail).filter(({ id }) => id.startsWith('anomalies-r1-'));
    expect(new Set(peers.map(({ agent }) => agent))).toEqual(new Set(['insight', 'monitor']));
    expect(detail.steps.find(({ id }) => id === 'anomalies')?.status).toBe('finished');
  }, 90_000);
});
