import type { OpenAICompatibleProvider } from '@ai-sdk/openai-compatible';
import { boundedFetch } from './bounded-fetch.ts';

/** Largest answer over the wire; more than that no model says. */
const maxBytes = 8 * 1024 ** 2;

/** Follows no redirect, and takes answers up to 8 MiB. */
export const sdkFetch = boundedFetch(maxBytes);

/** What speaks to an OpenAI-compatible address; of the SDK nothing is loaded before. */
export async function openAiClient(
  name: string,
  { url, apiKey }: { readonly url?: string; readonly apiKey?: string },
): Promise<OpenAICompatibleProvider> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  return createOpenAICompatible({
    name,
    baseURL: url ?? '',
    fetch: sdkFetch,
    includeUsage: true,
    // Else the SDK drops the schema and says so only in a warning.
    supportsStructuredOutputs: true,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
}
