import { z } from 'zod';
import type { Log } from '../log/log.ts';
import { createBoard } from './board.ts';
import type { Work } from './work.ts';

/**
 * How often an item of work was given back by whoever had taken it: `left` to a daemon that has its agent, `stopped` as a daemon stopped. The
 * queue counts each as a delivery, and so does a crash; what is left when these are taken from it ended whoever took it.
 */
const returnedSchema = z.object({ left: z.int().min(0), stopped: z.int().min(0) });
export type Returned = z.infer<typeof returnedSchema>;

const noteOf = ({ step, attempt }: Work): string => `given back ${step} ${attempt}`;

/** Beside the notes of its run, the same for all daemons, and gone with them. Nothing is asked where it is handed out for the first time. */
export async function returnedOf(log: Pick<Log, 'kv'>, work: Work, deliveries: number): Promise<Returned> {
  const held = deliveries > 1 ? await createBoard(log, work.run).get(noteOf(work)) : undefined;
  return returnedSchema.safeParse(held?.value).data ?? { left: 0, stopped: 0 };
}

/** To be told before the item is given back. */
export async function giveBack(log: Pick<Log, 'kv'>, work: Work, how: keyof Returned): Promise<void> {
  const board = createBoard(log, work.run);
  const held = await board.get(noteOf(work));
  const before = returnedSchema.safeParse(held?.value).data ?? { left: 0, stopped: 0 };
  // Where somebody else gave it back at this moment, one of the two counts as a crash.
  await board.put(noteOf(work), { ...before, [how]: before[how] + 1 }, held?.revision ?? 0);
}
