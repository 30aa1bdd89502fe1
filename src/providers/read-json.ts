import type { z } from 'zod';
import { misfitsOf, pointed } from '../core/misfits.ts';
import type { Read } from './question.ts';

/** Reads an answer that has to be JSON of a schema. What some models put around it (a fence) is taken off. */
export function readJson<S extends z.ZodType>(answer: string, schema: S): Read<z.output<S>> {
  const inner = /^\s*```(?:json)?\n(.*)\n```\s*$/su.exec(answer)?.[1] ?? answer;
  const parsed = parse(inner);
  if (parsed === undefined) return { kind: 'wrong-schema', detail: 'it is not JSON' };
  const read = schema.safeParse(parsed.value);
  if (read.success) return { kind: 'read', value: read.data };
  // Of whatever it says nothing is shown: it may have been told what customers wrote.
  const [first] = misfitsOf(schema, parsed.value, () => true);
  return { kind: 'wrong-schema', detail: `it does not fit: ${first ? pointed(first) : 'unknown'}` };
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
