import { z } from 'zod';
import { WeirError } from '../src/core/errors.ts';
import { misfitsOf, pointed, pointerOf } from '../src/core/misfits.ts';

/** What the schema makes of a value. Throws `request-malformed`, naming each wrong part, where it does not fit. */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const misfits = misfitsOf(schema, value);
  const errors = misfits.slice(0, errorsMax).map(({ path, message }) => ({ pointer: pointerOf(path), message }));
  const detail = misfits.map(pointed).join('; ').slice(0, detailMax);
  throw new WeirError('request-malformed', detail, { extra: { errors } });
}

/** As JSON Schema, to describe a route or a message. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output' = 'input'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    // The format says it; the pattern of all dates there are helps no reader.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return rest;
}

const detailMax = 1_000;
const errorsMax = 20;
