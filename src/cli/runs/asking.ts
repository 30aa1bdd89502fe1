import { z } from 'zod';
import {
  sessionDetailSchema,
  sessionEventSchema,
  sessionSchema,
  type Session,
  type SessionDetail,
  type SessionEvent,
} from '../../../schemas/run.ts';
import type { Client, Query } from '../client.ts';
import { CommandFailed, Refused } from '../context.ts';
import { wholeId } from '../whole-id.ts';
import type { Drawn } from './tree.ts';

export const sessionsPath = '/api/v1/orchestration/sessions';

const pageMax = 200;
const pageSchema = z.object({ sessions: z.array(sessionSchema), next: z.string().nullable() });

/** The newest runs, at most so many. */
export async function newestRuns(client: Client, limit: number, query: Query = {}): Promise<readonly Session[]> {
  const sessions: Session[] = [];
  let cursor: string | undefined;
  do {
    const page = pageSchema.parse(
      await client.json('GET', sessionsPath, {
        ...query,
        limit: String(Math.min(limit - sessions.length, pageMax)),
        cursor,
      }),
    );
    sessions.push(...page.sessions);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && sessions.length < limit);
  return sessions;
}

/** The whole id of a run, of which a beginning is enough where it is one run's alone. */
export const idOf = (client: Client, text: string): Promise<string> =>
  wholeId(text, 'run', (limit) => newestRuns(client, limit));

export const detailOf = async (client: Client, id: string): Promise<SessionDetail> =>
  sessionDetailSchema.parse(await client.json('GET', `${sessionsPath}/${id}`));

/** Runs below runs that are drawn; a plan has no more. */
const depthMax = 4;

/** A run with the runs that do its steps. */
export async function drawnOf(client: Client, id: string, depth = 0): Promise<Drawn> {
  const detail = await detailOf(client, id);
  const children = new Map<string, Drawn>();
  for (const { child } of depth < depthMax ? detail.steps : []) {
    const drawn = child === null ? undefined : await drawnOf(client, child, depth + 1).catch(notBegun);
    if (child !== null && drawn) children.set(child, drawn);
  }
  return { ...detail, children };
}

/** A run that is to do a step may not have begun when the step tells of it. */
function notBegun(error: unknown): undefined {
  if (!(error instanceof Refused) || !error.forGood) throw error;
}

/**
 * What happens in a run, from its beginning to its end, through any number of connections. Rejects with a `CommandFailed` where none comes
 * about at first, or the daemon refuses for good; `lost` is called where a connection was lost that had been there.
 */
export async function* eventsOf(client: Client, id: string, lost: () => Promise<void>): AsyncGenerator<SessionEvent> {
  for (let after = 0; ;) {
    try {
      for await (const event of framesOf(
        await client.follow(`${sessionsPath}/${id}/events`, { after: String(after) }),
      )) {
        after = event.id;
        yield event;
        if (event.fact === 'run-ended') return;
      }
    } catch (error) {
      if (error instanceof CommandFailed && (after === 0 || isForGood(error))) throw error;
      if (error instanceof SyntaxError || error instanceof z.ZodError) throw error;
    }
    await lost();
  }
}

const isForGood = (error: CommandFailed): boolean => error instanceof Refused && error.forGood;

async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SessionEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    const frames = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const data = frame.split('\n').find((line) => line.startsWith('data: '));
      if (data !== undefined) yield sessionEventSchema.parse(JSON.parse(data.slice('data: '.length)));
    }
  }
}
