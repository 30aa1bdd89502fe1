import { z } from 'zod';
import { outcomeSchemas } from './outcomes.ts';

/*
 * The data of CloudEvents whose type weir reads itself: without these parts nothing would come of them, and nobody would hear of
 * it. What else stands in the data is kept as it is, and so is the data of any other type.
 */

/** Words; names that are numbers are taken as they are written. */
const words = z.union([z.string(), z.number()], 'expected text');

/** A number, also where a sender writes it as text. */
const number = z.union(
  [z.number(), z.string().refine((text) => text.trim() !== '' && Number.isFinite(Number(text)), 'expected a number')],
  'expected a number',
);

/** `metrics.sample`. */
const metricsSample = z.looseObject({
  name: words.nullish().describe('Of the metric; absent: `value`.'),
  value: number,
  unit: words.nullish().describe('Such as `ms` or `%`.'),
  limit: number.nullish().describe('Where it is full.'),
});

/** `market.news`. */
const marketNews = z
  .looseObject({ title: words.nullish(), text: words.nullish(), summary: words.nullish(), competitor: words.nullish() })
  .refine(({ title, text, summary }) => [title, text, summary].some((each) => (each ?? '') !== ''), {
    path: ['title'],
    message: 'expected words in title, text or summary',
  });

/** `finance.cost`. */
const financeCost = z.looseObject({
  amount: z.number().describe('In whole units of the currency.'),
  currency: z.string().regex(/^[a-z]{3}$/i, 'expected a currency of ISO 4217, such as EUR'),
  category: z.string().nullish(),
  vendor: z.string().nullish(),
});

/** `runbook.published`. */
const runbookPublished = z.looseObject({
  title: z.string().min(1),
  text: z.string().nullish(),
  rules: z.array(z.string()).nullish().describe('Names of the rules whose alerts it is for.'),
  steps: z.array(z.string()).nullish(),
});

/** By the event's type. */
export const payloadSchemas: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['metrics.sample', metricsSample],
  ['market.news', marketNews],
  ['finance.cost', financeCost],
  ['runbook.published', runbookPublished],
  ...outcomeSchemas,
]);
