import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { answered } from './answer.ts';
import type { RunDoors } from './doors.ts';

const id = z.string().min(1).max(128).describe('Id of the run');
const why = z.string().min(1).max(1_000).describe('Why: it is recorded');
const reads = { readOnlyHint: true, openWorldHint: false };
const acts = { readOnlyHint: false, openWorldHint: false };

/** Longest wait of one call for what comes next; ms. */
const waitMax = 30_000;

/** Tools about runs: agents at work on a task. */
export function addRunTools(server: McpServer, runs: RunDoors): void {
  server.registerTool(
    'list_runs',
    {
      title: 'List runs',
      description: 'The runs of agents, newest first.',
      inputSchema: z.strictObject({
        status: z.string().max(64).optional().describe('Only those that are so'),
        limit: z.int().min(1).max(200).optional(),
      }),
      annotations: reads,
    },
    (asked) => answered(runs.list(asked)),
  );
  server.registerTool(
    'start_run',
    {
      title: 'Start a run',
      description: 'Sets agents to work on a task. Answers with the run; watch_run tells how it goes on.',
      inputSchema: z.strictObject({
        goal: z.string().min(1).max(2_000).describe('What is to be found out or done'),
        kind: z
          .string()
          .max(128)
          .optional()
          .describe('The template of the task; without one it is planned from the goal'),
        entity: z.string().min(1).max(256).optional().describe('About whom, such as account:brightloom'),
      }),
      annotations: { ...acts, destructiveHint: false },
    },
    (wanted) => answered(runs.start(wanted)),
  );
  server.registerTool(
    'get_run',
    {
      title: 'Look at a run',
      description: 'One run whole: its plan, what each step gave, the approvals it waits for, its result.',
      inputSchema: z.strictObject({ id }),
      annotations: reads,
    },
    ({ id }) => answered(runs.get(id)),
  );
  server.registerTool(
    'watch_run',
    {
      title: 'Watch a run',
      description:
        'What happened in a run after an event; waits for the next where there is none yet. Call it again with the last one.',
      inputSchema: z.strictObject({
        id,
        after: z.int().min(0).default(0).describe('Sequence of the last event that you have; 0 for all'),
        limit: z.int().min(1).max(200).default(100),
        waitMs: z.int().min(0).max(waitMax).default(10_000).describe('Longest wait, milliseconds'),
      }),
      annotations: reads,
    },
    ({ id, ...asked }) => answered(runs.events(id, asked)),
  );
  server.registerTool(
    'approve_step',
    {
      title: 'Approve or deny a step',
      description:
        'Decides about a step that waits for a person, in their name: only after they were asked. It holds for exactly these arguments.',
      inputSchema: z.strictObject({
        id,
        step: z.string().min(1).max(128).describe('The step that waits'),
        argumentsHash: z.string().min(1).max(128).describe('Hash of the arguments that the person saw'),
        verdict: z.enum(['approve', 'deny']),
        why,
      }),
      annotations: { ...acts, destructiveHint: true },
    },
    ({ id, ...decision }) => answered(runs.approve(id, decision)),
  );
  server.registerTool(
    'cancel_run',
    {
      title: 'Cancel a run',
      description: 'Ends a run; what it did and can take back is taken back.',
      inputSchema: z.strictObject({ id, why }),
      annotations: { ...acts, destructiveHint: true },
    },
    ({ id, why }) => answered(runs.cancel(id, why)),
  );
}
