import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';
import type { McpHappenings } from '../../src/mcp/client/happenings.ts';
import type { ToolOptions, ToolServerOptions } from '../../src/mcp/client/options.ts';
import type { Pins } from '../../src/mcp/client/pins.ts';
import { createToolServer, type ToolServer } from '../../src/mcp/client/tool-server.ts';
import { newFolder } from '../support/folder.ts';

export const aTool = (given: Partial<ToolOptions> = {}): ToolOptions => ({
  skill: 'a-skill',
  description: 'what it is for',
  pin: undefined,
  sideEffects: 'none',
  undo: undefined,
  arguments: {},
  constants: {},
  output: 'answer',
  cost: { money: 0, tokens: 0, calls: 1, agentSeconds: 30 },
  ...given,
});

export const someOptions = (given: Partial<ToolServerOptions> = {}): ToolServerOptions => ({
  name: 'own',
  command: process.execPath,
  args: [],
  env: {},
  cwd: newFolder(),
  timeoutMs: 20_000,
  concurrent: 4,
  resultMax: 10_000,
  version: 1,
  restart: { firstMs: 1, mostMs: 10, steadyMs: 60_000 },
  tools: {},
  ...given,
});

/** Pins of a test. */
export function createMemoryPins(): Pins & { readonly all: Map<string, JsonObject> } {
  const all = new Map<string, JsonObject>();
  return {
    all,
    get: async (server, tool) => all.get(`${server}/${tool}`),
    put: async (server, tool, definition) => void all.set(`${server}/${tool}`, definition),
  };
}

/** What was told, a word and its parts. */
export function createTold(): McpHappenings & { readonly told: (readonly [string, ...unknown[]])[] } {
  const told: (readonly [string, ...unknown[]])[] = [];
  const tell =
    (word: keyof McpHappenings) =>
    (...parts: readonly unknown[]) =>
      void told.push([word, ...parts]);
  return {
    told,
    toolServerStarted: tell('toolServerStarted'),
    toolServerDown: tell('toolServerDown'),
    toolPinned: tell('toolPinned'),
    toolQuarantined: tell('toolQuarantined'),
    toolCalled: tell('toolCalled'),
  };
}

/** `@modelcontextprotocol/server-everything`, as a command line. */
export function everything(): readonly string[] {
  const manifest = import.meta.resolve('@modelcontextprotocol/server-everything/package.json');
  return [new URL('dist/index.js', manifest).pathname];
}

export interface Definition {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema?: object;
  readonly outputSchema?: object;
}

/** Our own server (`servers/own.ts`) with these tools, which can be changed under it. */
export function ownServer(tools: readonly Definition[]) {
  const file = join(newFolder(), 'tools.json');
  const change = (changed: readonly Definition[]) =>
    writeFileSync(file, JSON.stringify(changed.map((tool) => ({ inputSchema: { type: 'object' }, ...tool }))));
  change(tools);
  const script = new URL('servers/own.ts', import.meta.url).pathname;
  return { args: ['--import', import.meta.resolve('tsx'), script, file], change };
}

export function aServer(options: ToolServerOptions, given: { pins?: Pins; now?: () => number } = {}) {
  const pins = given.pins ?? createMemoryPins();
  const happened = createTold();
  const now = given.now ?? (() => performance.now());
  const server: ToolServer = createToolServer({ options, pins, happened, version: '1.2.3', now });
  const call = (tool: string, args: JsonObject = {}, signal = new AbortController().signal) =>
    server.call({ tool, args, signal });
  return { server, call, told: happened.told, pins };
}
