import { afterEach, describe, expect, test } from 'vitest';
import type { SubTask } from '../../src/core/agent.ts';
import { createMcpAgent } from '../../src/mcp/client/agent.ts';
import { createMcpAgents } from '../../src/mcp/client/agents.ts';
import type { ToolServerOptions } from '../../src/mcp/client/options.ts';
import type { Agent, AgentSays, AgentTools } from '../../src/orchestration/agent.ts';
import { aServer, aTool, createMemoryPins, createTold, everything, someOptions } from './support.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function started(given: Partial<ToolServerOptions> = {}) {
  const options = someOptions({
    name: 'everything',
    args: everything(),
    tools: {
      echo: aTool({ skill: 'say', arguments: { message: 'words' }, output: 'said' }),
      'get-sum': aTool({ skill: 'sum', arguments: { a: 'a', b: 'b' } }),
      'get-env': aTool({ skill: 'env' }),
      'get-structured-content': aTool({ skill: 'weather', arguments: { location: 'city' }, output: 'weather' }),
      'get-tiny-image': aTool({ skill: 'image' }),
      'trigger-long-running-operation': aTool({ skill: 'wait', arguments: { duration: 'duration', steps: 'steps' } }),
    },
    ...given,
  });
  const own = aServer(options);
  await own.server.start();
  stops.push(() => own.server.stop());
  return { ...own, agent: createMcpAgent(options, own.server) };
}

const aTask = (skill: string, input: SubTask['input']): SubTask => ({
  key: 'run-1/step-1',
  org: 'acme',
  entity: 'account:brightloom',
  skill,
  goal: 'find out',
  asOf: '2026-03-01T00:00:00Z',
  input,
});

const tools = (signal = new AbortController().signal): AgentTools => ({
  data: { ask: () => Promise.reject(new Error('a tool asks nothing')) },
  board: {
    get: () => Promise.reject(new Error('a tool reads no board')),
    put: () => Promise.reject(new Error('a tool writes on no board')),
  },
  signal,
  seed: 1,
  budget: { money: 0, tokens: 0, calls: 1, agentSeconds: 30 },
});

async function says(agent: Agent, task: SubTask, signal?: AbortSignal): Promise<readonly AgentSays[]> {
  const all: AgentSays[] = [];
  for await (const each of agent.run(task, tools(signal))) all.push(each);
  return all;
}

describe('the official server-everything as an agent', () => {
  test('has a skill for each tool that is configured, and no others', async () => {
    const { agent, told } = await started();
    expect(agent.card.name).toBe('mcp-everything');
    expect(agent.card.skills.map(({ id, input, output }) => ({ id, input, output }))).toContainEqual({
      id: 'weather',
      input: ['city'],
      output: ['weather'],
    });
    await says(agent, aTask('say', { words: 'hello' }));
    expect(told.filter(([word]) => word === 'toolPinned')).toHaveLength(6);
    await expect(says(agent, aTask('zip', {}))).rejects.toMatchObject({ fault: 'invalid' });
  });

  test('answers with text and with data, which go on under the name of the output, as what they are', async () => {
    const { agent } = await started();
    expect(await says(agent, aTask('say', { words: 'hello' }))).toEqual([
      {
        says: 'report',
        report: {
          insights: [],
          abstained: null,
          degraded: false,
          output: {
            said: { tool: 'everything/echo', untrusted: true, text: 'Echo: hello', cut: false, data: null, leftOut: 0 },
          },
        },
      },
    ]);
    const [weather] = await says(agent, aTask('weather', { city: 'Chicago' }));
    expect(weather).toMatchObject({ report: { output: { weather: { data: { temperature: 36, humidity: 82 } } } } });
    const [image] = await says(agent, aTask('image', {}));
    expect(image).toMatchObject({ report: { output: { answer: { leftOut: 1 } } } });
  });

  test('is not asked with arguments that its pinned schema refuses, or that the task lacks', async () => {
    const { agent } = await started();
    await expect(says(agent, aTask('sum', { a: 1, b: 'two' }))).rejects.toMatchObject({ fault: 'invalid' });
    await expect(says(agent, aTask('sum', { a: 1 }))).rejects.toThrow('the task has no b, which sum needs');
  });

  test('sees nothing of our environment but what it is configured to', async () => {
    process.env['WEIR_TEST_SECRET'] = 'not for servers';
    stops.push(async () => void delete process.env['WEIR_TEST_SECRET']);
    const { call } = await started({ env: { GREETING: 'hello' } });
    expect(JSON.parse((await call('get-env')).text)).toEqual({ GREETING: 'hello' });
  });

  test('tells its progress', async () => {
    const { agent } = await started();
    const all = await says(agent, aTask('wait', { duration: 0.2, steps: 2 }));
    expect(all[0]).toMatchObject({ says: 'progress', done: 0.5 });
    expect(all.at(-1)).toMatchObject({ says: 'report' });
  });

  test('killed in mid-call: the call fails as transient, and the next works', async () => {
    const { agent, told } = await started();
    const pidOf = () => told.findLast(([word]) => word === 'toolServerStarted')?.[2];
    const running = agent.run(aTask('wait', { duration: 60, steps: 600 }), tools());
    const going = running[Symbol.asyncIterator]();
    expect(await going.next()).toMatchObject({ value: { says: 'progress' } });
    const pid = Number(pidOf());
    process.kill(pid, 'SIGKILL');
    await expect(going.next().then(() => going.next())).rejects.toMatchObject({
      fault: 'transient',
      message: expect.stringContaining('ended by SIGKILL'),
    });
    expect(await says(agent, aTask('say', { words: 'again' }))).toMatchObject([
      { report: { output: { said: { text: 'Echo: again' } } } },
    ]);
    expect(pidOf()).not.toBe(pid);
    expect(told.map(([word]) => word)).toContain('toolServerDown');
  });

  test('ends a call when it is told to, with the reason it is given', async () => {
    const { agent } = await started();
    const stopping = new AbortController();
    const running = agent.run(aTask('wait', { duration: 60, steps: 600 }), tools(stopping.signal));
    const going = running[Symbol.asyncIterator]();
    await going.next();
    stopping.abort(new Error('not wanted any more'));
    await expect(going.next().then(() => going.next())).rejects.toThrow('not wanted any more');
  });

  test('works while another server cannot even be started', async () => {
    const pins = createMemoryPins();
    const deps = { pins, happened: createTold(), version: '1.2.3', now: () => performance.now() };
    const say = aTool({ skill: 'say', arguments: { message: 'words' }, output: 'said' });
    const servers = [
      someOptions({ name: 'broken', command: '/nowhere/at-all', tools: { echo: aTool({ skill: 'broken' }) } }),
      someOptions({ name: 'everything', args: everything(), tools: { echo: say } }),
    ];
    const mcp = createMcpAgents(servers, deps);
    await mcp.start();
    stops.push(() => mcp.stop());
    const [broken, working] = mcp.agents;
    if (!broken || !working) throw new Error('there are two');
    await expect(says(broken, aTask('broken', {}))).rejects.toMatchObject({ fault: 'transient' });
    expect(await says(working, aTask('say', { words: 'hello' }))).toHaveLength(1);
  });
});
