import { z } from 'zod';

/** What is said of an option. */
export interface About {
  readonly about: string;
  /** Name in the environment; without one it is made of the key: `http.bodyLimit` is `WEIR_HTTP_BODY_LIMIT`. */
  readonly env?: string;
  /** Only a `${ENV}` or `file:` reference may stand in the file, and the value is never printed. */
  readonly secret?: true;
  /** Taken from the folder of the file it stands in. */
  readonly path?: true;
  /** What stands at one place of a map, as docs call it: `org` in `orgs.<org>.rate`. */
  readonly each?: string;
  /** Said in place of a default. */
  readonly without?: string;
}

export const about: z.core.$ZodRegistry<About> = z.registry<About>();

/** An option of the schema: its type, and what it means. */
export function option<T extends z.core.$ZodType>(type: T, text: string, more: Omit<About, 'about'> = {}): T {
  about.add(type, { about: text, ...more });
  return type;
}
