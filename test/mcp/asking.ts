import type { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';

export const resultSchema = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })).length(1),
  isError: z.boolean().optional(),
});

/** What a tool says to the official client. */
export async function says(client: Client, name: string, args: Readonly<Record<string, unknown>> = {}) {
  const result = await client.callTool({ name, arguments: args });
  const { content, isError = false } = resultSchema.parse(result);
  return { text: content[0]?.text ?? '', isError };
}

/** The JSON that a tool answers, as the schema says. */
export async function asked<T extends z.ZodType>(
  client: Client,
  schema: T,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<z.output<T>> {
  const { text, isError } = await says(client, name, args);
  if (isError) throw new Error(text);
  return schema.parse(JSON.parse(text));
}
