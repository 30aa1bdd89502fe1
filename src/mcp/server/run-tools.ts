import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { acts, idOf, reads, taken } from './taken.ts';
import {
  sessionPatterns,
  sessionRisks,
  sessionStatuses,
  type SessionEvent,
  type SessionEvents,
} from '../../../schemas/run.ts';
import { answered } from './answer.ts';
import type { EventsAsked, RunDoors } from './doors.ts';

export const id = idOf('Id of the run');

/** Names that may be wanted of one run. */
const wantedMax = 16;
/** Longest wait of one call for what comes next; ms. */
const waitMax = 30_000;

/** Tools to start runs, and to look at them: agents at work on a task. */
export function addRunTools(server: McpServer, runs: RunDoors): void {
  server.registerTool(
    'list_runs',
    {
      title: 'List runs',
      description: 'The runs of agents, newest first.',
      inputSchema: taken({
        status: z.enum(sessionStatuses).optional().describe('Only those that are so'),
        entity: z.string().min(1).max(256).optional().describe('Only those about it'),
        limit: z.int().min(1).max(200).optional(),
        cursor: z.string().max(64).optional().describe('`next` of the page before'),
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
      inputSchema: taken({
        goal: z.string().min(1).max(2_000).describe('What is to be found out or done'),
        kind: z
          .string()
          .min(1)
          .max(128)
          .describe('What kind of task it is, such as customer_health, sales_pipeline, system_performance, financial'),
        entity: z.string().min(1).max(256).optional().describe('About whom, such as account:brightloom'),
        asOf: z.iso.datetime().optional().describe('What happened later does not count; now without'),
        wanted: z
          .array(z.string().min(1).max(128))
          .min(1)
          .max(wantedMax)
          .optional()
          .describe(
            'With kind open: names of what shall come of it, as skills give them, and not of its input; its steps follow from them',
          ),
        input: z
          .record(z.string(), z.json())
          .optional()
          .describe('What its agents are given by name, such as hourlyCost'),
        budget: z
          .strictObject({
            money: z.number().min(0).optional().describe('US dollars'),
            tokens: z.int().min(0).optional(),
            calls: z.int().min(0).optional(),
          })
          .optional()
          .describe('What its steps may cost together, the prose at its end among them'),
        pattern: z.enum(sessionPatterns).optional().describe('How it is done; by what is known of such runs without'),
        risk: z.enum(sessionRisks).optional().describe('What may be broken when it goes wrong; low without'),
        key: z.string().min(1).max(200).optional().describe('Asked again under the same key, it is the same run'),
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
      inputSchema: taken({ id }),
      annotations: reads,
    },
    ({ id }) => answered(runs.get(id)),
  );
  server.registerTool(
    'watch_run',
    {
      title: 'Watch a run',
      description:
        'What happened in a run after an event; waits for the next where there is none yet. Call it again with the id of the last one. ' +
        'To a caller that asks for progress each event is told as it happens, until the run has ended or the time is up.',
      inputSchema: taken({
        id,
        after: z.int().min(0).default(0).describe('Id of the last event that you have; 0 for all'),
        limit: z.int().min(1).max(200).default(100),
        waitMs: z.int().min(0).max(waitMax).default(10_000).describe('Longest wait, milliseconds'),
      }),
      annotations: reads,
    },
    ({ id, ...asked }, { mcpReq: { _meta, notify, signal } }) => {
      const progressToken = _meta?.progressToken;
      if (progressToken === undefined) return answered(runs.events(id, asked));
      return answered(
        followed(runs, id, asked, signal, async ({ id: progress, text: message }) => {
          await notify({ method: 'notifications/progress', params: { progressToken, progress, message } });
        }),
      );
    },
  );
  server.registerTool(
    'replay_run',
    {
      title: 'Replay a run',
      description:
        'Folds what is recorded of a run again, and decides again wherever something was decided. Asks nobody; says whether the same came out.',
      inputSchema: taken({ id }),
      annotations: reads,
    },
    ({ id }) => answered(runs.replay(id)),
  );
}

/** The events after one, each told as it comes, until the run has ended, there are as many as wanted, or the time is up. */
async function followed(
  runs: RunDoors,
  id: string,
  { after, limit, waitMs }: EventsAsked,
  signal: AbortSignal,
  tell: (event: SessionEvent) => Promise<void>,
): Promise<SessionEvents> {
  const until = performance.now() + waitMs;
  const events: SessionEvent[] = [];
  for (;;) {
    const left = Math.max(0, Math.round(until - performance.now()));
    const asked = { after: events.at(-1)?.id ?? after, limit: limit - events.length, waitMs: left };
    const page = await runs.events(id, asked);
    for (const event of page.events) await tell(event);
    events.push(...page.events);
    const enough = page.ended || events.length >= limit || left === 0 || signal.aborted;
    if (enough) return { events, ended: page.ended };
  }
}
