import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { alertKinds, alertStatuses, severities } from '../../core/alert.ts';
import { answered } from './answer.ts';
import type { McpDoors } from './doors.ts';
import { acts, cursor, idOf, limit, reads, taken } from './taken.ts';

/** Tools to look at alerts, and to take and close them in a person's name. */
export function addAlertTools(server: McpServer, doors: McpDoors): void {
  server.registerTool(
    'list_alerts',
    {
      title: 'List alerts',
      description: 'The open alerts and those resolved lately, newest change first, a page at a time.',
      inputSchema: taken({
        status: z.array(z.enum(alertStatuses)).min(1).optional().describe('Only these'),
        minSeverity: z.enum(severities).optional().describe('Nothing below it'),
        kinds: z.array(z.enum(alertKinds)).min(1).optional(),
        entities: z
          .array(z.string().min(1).max(256))
          .min(1)
          .max(100)
          .optional()
          .describe('Of whom, such as account:brightloom'),
        limit,
        cursor,
      }),
      annotations: reads,
    },
    (asked) => answered(doors.alerts(asked)),
  );
  server.registerTool(
    'explain_alert',
    {
      title: 'Explain an alert',
      description:
        'One alert whole: its evidence, the actions recommended, and what happened to it, by whom, when and why.',
      inputSchema: taken({ id: idOf('Id of the alert') }),
      annotations: reads,
    },
    ({ id }) => answered(doors.alert(id)),
  );
  server.registerTool(
    'acknowledge_alert',
    {
      title: 'Take an alert',
      description: 'Says that somebody sees to it, in the name of whoever you act for: only after they said so.',
      inputSchema: taken(said),
      annotations: { ...acts, destructiveHint: false },
    },
    ({ id, ...seen }) => answered(doors.act(id, 'acknowledge', seen)),
  );
  server.registerTool(
    'resolve_alert',
    {
      title: 'Close an alert',
      description: 'Says that it is over, in the name of whoever you act for: only after they said so.',
      inputSchema: taken(said),
      annotations: { ...acts, destructiveHint: true },
    },
    ({ id, ...seen }) => answered(doors.act(id, 'resolve', seen)),
  );
}

const said = {
  id: idOf('Id of the alert'),
  version: z.int().min(1).describe('Of the alert as the person saw it'),
  episode: z
    .int()
    .min(1)
    .describe('Of the alert as the person saw it; where it is in another one by now, nothing is done'),
  why: z.string().min(1).max(1_000).describe('Why: it is recorded'),
  verdict: z.enum(['useful', 'noise']).optional().describe('Whether it was worth being told, where they said so'),
};
