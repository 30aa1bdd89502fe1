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
