import { z } from 'zod';
import type { ModelView } from '../src/core/model.ts';

/** A model of an organisation, as `GET /models/{name}` shows it. */
export const modelSchema: z.ZodType<ModelView> = z.object({
  name: z.string(),
  description: z.string(),
  judging: z.object({
    version: z.int().describe('0 is what it is shipped with'),
    pinned: z
      .boolean()
      .describe('A person chose it: what is learned is not released until somebody asks for the latest'),
  }),
  examples: z.int().describe('Outcomes it has learned from'),
  failed: z.object({
    examples: z.int().describe('Outcomes it could not learn from'),
    reason: z.string().nullable().describe('What the last of them met with'),
  }),
  learned: z.object({
    outcomes: z.object({ positive: z.number(), negative: z.number() }),
    calibration: z
      .array(z.object({ count: z.number(), said: z.number(), calibrated: z.number(), cameTrue: z.number() }))
      .describe('By bins of what was said, 0 … 1: how often it came true. Older outcomes count less'),
    weights: z
      .array(z.object({ name: z.string(), weight: z.number(), expected: z.number(), seen: z.number() }))
      .describe('Log-odds, strongest first, beside what was expected before anything was learned'),
    shares: z
      .array(z.object({ name: z.string(), share: z.number(), expected: z.number(), seen: z.number() }))
      .exactOptional()
      .describe('Of a model that counts: how often it came true, 0 … 1, by what it was about, and what was expected'),
    driftAlarms: z.int().describe('How often it was found that the world had changed'),
  }),
  versions: z
    .array(z.object({ version: z.int(), at: z.string(), examples: z.int() }))
    .describe('Those there is a way back to, newest first; and 0'),
  releases: z
    .array(z.object({ version: z.int(), by: z.string(), why: z.string(), at: z.string() }))
    .describe('What was made to judge, newest first'),
});

/** What is asked of `POST /models/{name}/release`. */
export const releaseSchema = z.strictObject({
  version: z
    .union([z.int().min(0), z.literal('latest')])
    .describe(
      'A number: it judges, and no later one takes its place. `latest`: what was learned until now, and what comes',
    ),
  why: z.string().min(1).max(1_000),
});
