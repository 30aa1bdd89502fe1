import { z } from 'zod';
import { WeirError } from '../src/core/errors.ts';

/** What the schema makes of a value. Throws `request-malformed`, naming each wrong part, where it does not fit. */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ pointer: pointerTo(path), message }));
  const detail = errors.map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`)).join('; ');
  throw new WeirError('request-malformed', detail.slice(0, detailMax), {
    extra: { errors: errors.slice(0, errorsMax) },
  });
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

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
