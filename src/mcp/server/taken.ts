import { z } from 'zod';
import { misfitsOf } from '../../core/misfits.ts';

/** What a tool takes, and nothing beside it. Whoever asks with something else is told in plain words what is taken. */
export function taken<S extends z.ZodRawShape>(shape: S): Pick<z.ZodObject<S, z.core.$strict>, '~standard'> {
  const schema = z.strictObject(shape);
  const standard = schema['~standard'];
  return {
    '~standard': {
      ...standard,
      validate(value) {
        const { data } = schema.safeParse(value);
        if (data !== undefined) return { value: data };
        return { issues: misfitsOf(schema, value).map(({ path, message }) => ({ path, message })) };
      },
    },
  };
}

/** What tools do: look, or act. */
export const reads = { readOnlyHint: true, openWorldHint: false };
export const acts = { readOnlyHint: false, openWorldHint: false };

/** What several tools take. */
export const limit = z.int().min(1).max(200).optional().describe('How many; 50 without');
export const cursor = z.string().max(4_096).optional().describe('`next` of the page before');
export const idOf = (what: string) => z.string().min(1).max(128).describe(what);
