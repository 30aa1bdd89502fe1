import { z } from 'zod';
import { faultKinds } from './breaker.ts';

const time = z.iso.datetime();

/**
 * What is told beside the runs of what they taught, in the subject `weir.lessons.<org>` of RUNS: which version decides, and
 * what became of what agents found. Times are event times, RFC 3339.
 */
const saidSchema = z.discriminatedUnion('said', [
  z.object({
    said: z.literal('release'),
    version: z.union([z.int().min(0), z.literal('latest')]),
    by: z.string(),
    why: z.string(),
    at: time,
  }),
  /** Somebody found an alert of that pipeline about that entity useful, or noise. */
  z.object({ said: z.literal('verdict'), entity: z.string(), pipeline: z.string(), useful: z.boolean(), time }),
  /** An agent was asked once more what it had failed at, beside runs; `tookMs` null: that is not kept any more, and nothing was asked. */
  z.object({
    said: z.literal('tried'),
    agent: z.string(),
    version: z.number(),
    skill: z.string(),
    fault: z.enum(faultKinds).nullable(),
    tookMs: z.number().min(0).nullable(),
  }),
  /** A customer left, or has not left for two months; `told`: or somebody said that it stays. */
  z.object({
    said: z.literal('churn'),
    entity: z.string(),
    left: z.boolean(),
    told: z.boolean().exactOptional(),
    time,
  }),
  /** A deal was won or lost. */
  z.object({ said: z.literal('deal'), entity: z.string(), subject: z.string(), won: z.boolean(), time }),
  /** Somebody said of a payment whether it was fraud. */
  z.object({ said: z.literal('payment'), entity: z.string(), subject: z.string(), fraud: z.boolean(), time }),
]);
export type Said = z.infer<typeof saidSchema>;

export const encodeSaid = (said: Said): Uint8Array => Buffer.from(JSON.stringify(said), 'utf8');

/** Throws for bytes that are none: nobody but weir writes there. */
export const decodeSaid = (data: Uint8Array): Said =>
  saidSchema.parse(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')));
