import type { McpHappenings } from '../../mcp/client/happenings.ts';
import type { Observing } from '../happened.ts';
import { durationBuckets } from '../metrics.ts';

export function mcpHappened({ log, metrics, seldom }: Observing): McpHappenings {
  const calls = metrics.histogram(
    'weir_mcp_call_seconds',
    'Calls to tools of MCP servers, and how they ended.',
    durationBuckets,
    ['server', 'outcome'],
  );
  const ended = metrics.counter(
    'weir_mcp_server_ends_total',
    'How often a tool server ended or could not be started.',
    ['server'],
  );
  const quarantined = metrics.counter('weir_mcp_quarantined_total', 'How often a tool was found changed.', ['server']);
  return {
    toolServerStarted: (server, pid) => log.info({ server, pid }, 'A tool server is running'),
    toolServerDown(server, why, said, waitMs) {
      ended.inc({ server });
      seldom(`tool server ${server}`, (more) =>
        log.warn({ server, why, said, waitMs, more }, 'A tool server ended; it is started again'),
      );
    },
    toolPinned: (server, tool, how, hash) => log.info({ server, tool, how, hash }, 'A tool is trusted as it is now'),
    toolQuarantined(server, tool, hash, changes) {
      quarantined.inc({ server });
      log.error(
        { server, tool, hash, changes },
        'A tool is not what was pinned; it is not called until its pin is changed',
      );
    },
    toolCalled: (server, _tool, outcome, ms) => calls.observe(ms / 1_000, { server, outcome }),
  };
}
