import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { acts, taken } from './taken.ts';
import { answered } from './answer.ts';
import type { RunDoors } from './doors.ts';
import { id } from './run-tools.ts';

const why = z.string().min(1).max(1_000).describe('Why: it is recorded');

/** Tools by which a person has a say in a run. */
export function addRunSayTools(server: McpServer, runs: RunDoors): void {
  server.registerTool(
    'approve_step',
    {
      title: 'Approve or deny a step',
      description:
        'Decides about a step that waits for a person, in their name: only after they were asked. It holds for exactly these arguments.',
      inputSchema: taken({
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
    'answer_step',
    {
      title: 'Answer for a step that people are asked to take over',
      description:
        'Says what came of what no agent could do, in the name of the person who did it: only after they said so. `people` of get_run names what is asked.',
      inputSchema: taken({
        id,
        step: z.string().min(1).max(80).describe('As `people` names it: a step, or undo/<step> for taking it back'),
        done: z.boolean().describe('False: they cannot do it either'),
        why,
        output: z
          .record(z.string().min(1).max(100), z.json())
          .optional()
          .describe('What the steps after it are given, by name'),
      }),
      annotations: { ...acts, destructiveHint: true },
    },
    ({ id, ...said }) => answered(runs.answer(id, said)),
  );
  server.registerTool(
    'tell_run',
    {
      title: 'Tell the agents of a run something',
      description: 'Is kept with the run, and shown to those of its steps that have not begun.',
      inputSchema: taken({
        id,
        to: z.string().min(1).max(100).default('*').describe('An agent, a step or a skill of the run; * for all'),
        text: z.string().min(1).max(4_000),
        key: z.string().min(1).max(200).optional().describe('Sent again under the same key, it is the same message'),
      }),
      annotations: { ...acts, destructiveHint: false },
    },
    ({ id, ...message }) => answered(runs.tell(id, message)),
  );
  server.registerTool(
    'cancel_run',
    {
      title: 'Cancel a run',
      description: 'Ends a run; what it did and can take back is taken back.',
      inputSchema: taken({ id, why }),
      annotations: { ...acts, destructiveHint: true },
    },
    ({ id, why }) => answered(runs.cancel(id, why)),
  );
}
