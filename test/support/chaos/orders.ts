import { z } from 'zod';

const progress = z.object({
  /** Runs asked for. */
  asked: z.number(),
  /** Runs that ended, up to `readTo`, a sequence of RUNS. */
  ended: z.number(),
  readTo: z.number(),
});

const orders = z.object({
  kind: z.enum(['jetstream', 'embedded']),
  /** The server's address, or the log's folder. */
  where: z.string(),
  /** The folder of what is done to the outside. */
  effects: z.string(),
  /** Share of attempts that fail. */
  faults: z.number(),
  inFlight: z.number(),
  seed: z.string(),
  runs: z.number(),
  /** Where the one before it came to. */
  from: progress,
});

/** What a daemon is told at its start. */
export type Orders = z.infer<typeof orders>;
export type Progress = z.infer<typeof progress>;

export const parseOrders = (text: string): Orders => orders.parse(JSON.parse(text));
export const parseProgress = (text: string): Progress => progress.parse(JSON.parse(text));
