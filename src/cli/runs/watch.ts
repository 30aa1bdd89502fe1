import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionEvent } from '../../../schemas/run.ts';
import type { Client } from '../client.ts';
import { CommandFailed, type Context } from '../context.ts';
import { plain } from '../output.ts';
import { drawnOf, eventsOf } from './asking.ts';
import { fittingIn } from './line.ts';
import { treeOf } from './tree.ts';

const frameMs = 200;
const againAfterMs = 1_000;

/**
 * Follows a run to its end: at a terminal its tree, drawn anew as it goes; else a line for each thing that happens, `json`: as JSON. Rejects
 * with a `CommandFailed` where the run does not end as `completed`.
 */
export async function watchRun(context: Context, client: Client, id: string, json: boolean): Promise<void> {
  const { out, err, stopped } = context;
  const lost = async (): Promise<void> => {
    stopped.throwIfAborted();
    err('The connection is lost; connecting again\n');
    await sleep(againAfterMs, undefined, { signal: stopped });
  };
  const events = eventsOf(client, id, lost);
  const tree = context.outIsTerminal && !json ? createTree(context, client, id) : undefined;
  let last: SessionEvent | undefined;
  try {
    for await (const event of events) {
      last = event;
      if (tree) tree.changed();
      else out(json ? `${JSON.stringify(event)}\n` : `${event.at}  ${event.fact.padEnd(18)}  ${plain(event.text)}\n`);
    }
  } finally {
    await tree?.close();
  }
  if (last && !last.text.startsWith('completed:')) throw new CommandFailed(`the run ended as ${plain(last.text)}`);
}

/** The tree at the place where it was drawn before, with the time that passes. */
function createTree({ out, err }: Context, client: Client, id: string) {
  let [rows, stale] = [0, true];
  let drawn: Awaited<ReturnType<typeof drawnOf>> | undefined;
  let drawing = Promise.resolve();

  async function draw(isLast: boolean): Promise<void> {
    if (stale || !drawn) {
      stale = false;
      drawn = await drawnOf(client, id);
    }
    const [columns, height] = [process.stdout.columns || 80, process.stdout.rows || 24];
    const all = treeOf(drawn, { coloured: true, now: Date.now(), width: columns - 1 });
    // What does not fit could not be gone back over; the last is not.
    const lines = isLast ? all : fittingIn(all, height - 1);
    const back = rows > 0 ? `\u001B[${rows}A\r` : '';
    out(`${back}\u001B[J${lines.join('\n')}\n`);
    rows = lines.length;
  }

  const redraw = (isLast = false): void => {
    drawing = drawing.then(() => draw(isLast)).catch((error: unknown) => err(`${String(error)}\n`));
  };
  const timer = setInterval(() => redraw(), frameMs);
  return {
    changed: () => void (stale = true),
    async close(): Promise<void> {
      clearInterval(timer);
      stale = true;
      redraw(true);
      await drawing;
    },
  };
}
