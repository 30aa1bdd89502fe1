import type { Service } from '../../core/service.ts';
import type { Agent } from '../../orchestration/agent.ts';
import { createMcpAgent } from './agent.ts';
import type { ToolServerOptions } from './options.ts';
import { createToolServer, type ToolServerDeps } from './tool-server.ts';

export interface McpAgents extends Service {
  /** One for each server. They may be asked before a server is up: they wait for it. */
  readonly agents: readonly Agent[];
}

/** The tool servers that are configured, as agents. A server that cannot be started keeps nothing else from starting. */
export function createMcpAgents(
  servers: readonly ToolServerOptions[],
  deps: Omit<ToolServerDeps, 'options'>,
): McpAgents {
  const all = servers.map((options) => ({ options, server: createToolServer({ ...deps, options }) }));
  return {
    name: 'mcp',
    agents: all.map(({ options, server }) => createMcpAgent(options, server)),
    async start() {
      await Promise.all(all.map(({ server }) => server.start()));
    },
    async stop() {
      await Promise.all(all.map(({ server }) => server.stop()));
    },
  };
}
