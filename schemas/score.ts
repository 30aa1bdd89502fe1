import { z } from 'zod';
import { namePattern, type EventHead } from '../src/core/event.ts';
import type { Contribution, Score } from '../src/core/score.ts';
import type { ScoreSettings } from '../src/core/settings.ts';
import { changeKinds, type Difference, type ScoreHead } from '../src/explain/difference.ts';
import type { Explanation, Reason } from '../src/explain/explanation.ts';

const time = z.iso.datetime();

const contributionShape = {
  name: z.string(),
  weight: z.number(),
  value: z.number(),
  eventId: z.string().describe('The event it was seen in'),
  quote: z.string().nullable().describe('What was seen there'),
};
const contributionSchema: z.ZodType<Contribution> = z.object(contributionShape);

const settingsSchema: z.ZodType<ScoreSettings> = z.object({
  version: z.int().describe('Of the organisation’s settings'),
  segment: z.string().nullable().describe('Segment of the entity, null where it is in none'),
  values: z.record(z.string(), z.number()).describe('What is set of the pipeline, by name'),
});

const headShape = {
  id: z.string().describe('Hash of what caused it: the same on every replay'),
  name: z.string(),
  org: z.string().regex(namePattern),
  entity: z.string().describe('Whom it is about, such as account:brightloom'),
  subject: z.string().nullable().describe('What of the entity it is about, null for the whole'),
  value: z.number().describe('The sum of weight × value of its contributions'),
  confidence: z.number().describe('How much evidence stands behind it, 0 to 1'),
  time: time.describe('Event time it holds from'),
  pipeline: z.string(),
  version: z.int().describe('Of the pipeline'),
  settings: settingsSchema.exactOptional().describe('What was set that it was made under. Absent: as shipped'),
};

/** A score as programs outside see it. */
export const scoreSchema: z.ZodType<Score> = z
  .object({ ...headShape, contributions: z.array(contributionSchema) })
  .meta({ title: 'Score' });

/** An event without its payload. */
export const eventHeadSchema: z.ZodType<EventHead> = z.object({
  id: z.string(),
  time,
  type: z.string().describe('What happened, in the words of its sender'),
  origin: z.string().describe('Connector it came through'),
  subject: z.string().nullable(),
});
const eventSchema = eventHeadSchema.nullable().describe('Null where it is not in the store: not yet, or no more');

const reasonSchema: z.ZodType<Reason> = z.object({
  ...contributionShape,
  effect: z.number().describe('weight × value'),
  place: z.int().min(1).describe('Effects add up to the value in this order'),
  event: eventSchema,
});

/** Why a score is what it is. */
export const explanationSchema: z.ZodType<Explanation> = z
  .object({
    ...headShape,
    contributions: z.array(reasonSchema).describe('Those that weigh most first'),
    sum: z.number().describe('The effects added up in the order of their places, every step a double'),
    exact: z.boolean().describe('The sum is the value, to the last digit'),
  })
  .meta({ title: 'Explanation of a score' });

const scoreHeadSchema: z.ZodType<ScoreHead> = z.object(headShape);

/** Why a score became another. */
export const differenceSchema: z.ZodType<Difference> = z
  .object({
    from: scoreHeadSchema,
    to: scoreHeadSchema,
    difference: z.number().describe('The later value less the earlier'),
    changes: z
      .array(
        z.object({
          kind: z
            .enum(changeKinds)
            .describe(
              'In the later score alone, in the earlier alone, in both from the same event, the same but for other settings of weights, or seen anew in another',
            ),
          name: z.string(),
          change: z.number().describe('The later effect less the earlier'),
          eventId: z.string().describe('The event behind it'),
          event: eventSchema,
          quote: z.string().nullable(),
          before: reasonSchema.nullable(),
          after: reasonSchema.nullable(),
        }),
      )
      .describe('The largest first'),
    settings: z
      .array(
        z.object({
          name: z.string(),
          from: z.number().nullable(),
          to: z.number().nullable(),
        }),
      )
      .describe('Settings that were others for the earlier score, by name; null: as shipped'),
    rounding: z
      .array(z.number())
      .describe(
        'What the last digits of doubles leave over: changes and these, added up as they stand, are the difference',
      ),
  })
  .meta({ title: 'Difference of two scores' });
