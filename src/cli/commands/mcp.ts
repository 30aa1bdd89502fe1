import { once } from 'node:events';
import { Command } from 'commander';
import { addressOf, withRemoteOptions, type Context, type RemoteOptions } from '../context.ts';
import { stopAsked } from '../stopping.ts';

/** `weir mcp`: a running daemon as an MCP server over standard input and output, under the token in WEIR_TOKEN. */
export function mcpCommand(context: Context): Command {
  return withRemoteOptions(new Command('mcp'))
    .description(
      'an MCP server over stdin and stdout: alerts, scores, queries and runs of a running daemon, for assistants',
    )
    .addHelpText(
      'after',
      '\nAn assistant starts it itself; in its configuration:\n  {"command": "weir", "args": ["mcp"], "env": {"WEIR_TOKEN": "…"}}',
    )
    .action(async (options: RemoteOptions) => {
      const address = addressOf(context, options);
      const token = context.env['WEIR_TOKEN'];
      // Loaded here alone, for it is much and no other command needs it.
      const [{ serveStdio }, { createHttpDoors, fetchKnock }, { createMcpServer }, { answerMax }] = await Promise.all([
        import('@modelcontextprotocol/server/stdio'),
        import('../../mcp/server/http-doors.ts'),
        import('../../mcp/server/server.ts'),
        import('../../mcp/server/answer.ts'),
      ]);
      const authorization = token ? `Bearer ${token}` : undefined;
      const knock = fetchKnock({ address, authorization, signal: context.stopped, answerMax });
      const doors = createHttpDoors({ knock, org: options.org });
      const serving = serveStdio(() => createMcpServer(doors, context.version), {
        onerror: (error) => context.err(`weir mcp: ${error.message}\n`),
      });
      await Promise.race([once(process.stdin, 'end'), once(process.stdin, 'close'), stopAsked(context.stopped)]);
      await serving.close();
    });
}
