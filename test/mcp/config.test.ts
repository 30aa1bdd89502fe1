import { expect, test } from 'vitest';
import { z } from 'zod';
import { isDuration, type Duration } from '../../src/core/duration.ts';
import { mcpSchema, toolServersOf } from '../../src/mcp/config.ts';

const schema = mcpSchema({
  option: (type) => type,
  duration: z.custom<Duration>((value) => typeof value === 'string' && isDuration(value)),
  bytes: z.number(),
});
const tool = { description: 'tells the weather', sideEffects: 'none' };
const withTool = (given: object) => ({
  servers: { weather: { command: 'weather', tools: { now: { ...tool, ...given } } } },
});

test('a server of which little is said has no environment, and skills of its name', () => {
  expect(toolServersOf(schema.parse(withTool({})))).toMatchObject([
    {
      name: 'weather',
      env: {},
      timeoutMs: 30_000,
      tools: { now: { skill: 'weather.now', output: 'weather.now', cost: { calls: 1, agentSeconds: 30, money: 0 } } },
    },
  ]);
});

test('secrets are part of its environment', () => {
  const servers = { weather: { command: 'weather', env: { A: '1' }, secrets: { KEY: 'x' } } };
  expect(toolServersOf(schema.parse({ servers }))[0]?.env).toEqual({ A: '1', KEY: 'x' });
});

test('a tool that does something to the outside has to be told the key of the task', () => {
  const said = (given: object) => schema.safeParse(withTool(given)).error?.issues[0]?.message;
  expect(said({ sideEffects: 'irreversible' })).toContain('needs an argument taken from "key"');
  expect(said({ sideEffects: 'irreversible', arguments: { requestId: 'key' } })).toBeUndefined();
  expect(said({ undo: 'weather.back' })).toContain('only what is reversible');
  expect(said({ sideEffects: undefined })).toBeDefined();
  expect(said({ pin: 'abc' })).toContain('SHA-256');
});
