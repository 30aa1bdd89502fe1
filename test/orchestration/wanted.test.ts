import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { AgentReport } from '../../src/core/agent.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import { planOf } from '../../src/orchestration/steps.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { createMcpAgent } from '../../src/mcp/client/agent.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { aCard, aSkill } from './a-card.ts';
import { aRequest } from './support/reference.ts';
import { createRig, untilEnded } from './support/rig.ts';

const saying = (output: AgentReport['output']): AgentReport => ({
  insights: [],
  abstained: null,
  output,
  degraded: false,
});

/** A tool that takes the city from the task, and an agent that takes the forecast of it. */
const weather = createMcpAgent(
  {
    name: 'weather',
    command: 'node',
    args: [],
    env: {},
    cwd: '/',
    timeoutMs: 1_000,
    concurrent: 1,
    resultMax: 1_024,
    version: 1,
    restart: { firstMs: 1, mostMs: 1, steadyMs: 1 },
    tools: {
      'get-forecast': {
        skill: 'weather.get-forecast',
        description: 'The forecast',
        pin: undefined,
        sideEffects: 'none',
        undo: undefined,
        arguments: { location: 'city' },
        constants: {},
        output: 'forecast-of-city',
        cost: { money: 0, tokens: 0, calls: 1, agentSeconds: 1 },
      },
    },
  },
  {
    call: async ({ tool, args: { location } }) => ({
      tool,
      untrusted: true,
      text: `rain in ${JSON.stringify(location)}`,
      cut: false,
      data: null,
      leftOut: 0,
    }),
  },
);
const advisor: Agent = {
  card: aCard('advisor', [aSkill('advise', { input: ['forecast-of-city'], output: ['advice'] })]),
  async *run({ input }) {
    yield { says: 'report', report: saying({ advice: { because: input['forecast-of-city'] ?? null } }) };
  },
};

/** Gives what weir gathers of whom a run is about, too, and a name that every object has. */
const monitor: Agent = {
  card: aCard('monitor', [aSkill('monitor', { output: ['baselines'] }), aSkill('tell', { output: ['toString'] })]),
  async *run({ skill }) {
    yield { says: 'report', report: saying(skill === 'tell' ? {} : { baselines: { of: 'monitor' } }) };
  },
};

async function ran(wanted: readonly string[], context = {}, known = {}) {
  const log = createMemoryLog(systemClock);
  const agents = [weather, advisor, monitor];
  const how = decidersOf(agents.map(({ card }) => card));
  const rig = createRig({ log, how, agents, gather: async (request) => ({ ...known, ...request.context }) });
  await rig.start();
  await startRun(log, systemClock, aRequest('r', { kind: 'open', wanted, context }));
  const run = await untilEnded(log, 'r');
  await rig.stop();
  return run;
}

describe('a run of which something is wanted', () => {
  test('finds its steps backwards from that over the agents there are, and gives it', async () => {
    const run = await ran(['advice'], { city: 'Bern' });
    expect(planOf(run)).toMatchObject({
      template: 'regression',
      steps: [
        { id: 'weather-get-forecast', skill: 'weather.get-forecast', needs: [] },
        { id: 'advise', skill: 'advise', needs: ['weather-get-forecast'] },
      ],
    });
    expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
    expect(factOf(run, 'result-synthesised')?.fact.result).toMatchObject({
      given: { advice: { because: { text: 'rain in "Bern"' } } },
    });
  });

  test('gets it from an agent, also where weir looked up something of that name about an entity', async () => {
    const run = await ran(['baselines'], {}, { baselines: [{ of: 'the entity' }] });
    expect(planOf(run)).toMatchObject({ steps: [{ skill: 'monitor' }] });
    expect(factOf(run, 'result-synthesised')?.fact.result).toMatchObject({ given: { baselines: { of: 'monitor' } } });
  });

  test('ends without what its agent did not give after all, whatever its name', async () => {
    const run = await ran(['toString', 'advice'], { city: 'Bern' });
    expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
    expect(factOf(run, 'result-synthesised')?.fact.result).toMatchObject({ given: { advice: {} } });
  });

  test.each([
    ['that nobody gives', ['luck'], { city: 'Bern' }, 'no plan: No agent gives luck.'],
    ['for which something is not given', ['advice'], {}, 'no plan: No agent gives city.'],
  ])('fails for one %s, and names it', async (_, wanted, context, why) => {
    expect(factOf(await ran(wanted, context), 'run-ended')?.fact).toMatchObject({ outcome: 'failed', why });
  });
});
