import type { Clock } from '../core/clock.ts';
import { textsIn } from './embed.ts';
import type { Called, Offer, Provider } from './provider.ts';
import { openAiClient } from './sdk-client.ts';
import { faultOf } from './sdk-faults.ts';

/** A A model of vectors at an OpenAI-compatible address. It is asked as a language model is: the prompt is the texts, the answer the vectors, as JSON. */
export function createSdkEmbedder(
  offer: Offer,
  { model, ...address }: { readonly model: string; readonly url: string; readonly apiKey?: string },
  clock: Clock,
): Provider {
  let loading: ReturnType<typeof load> | undefined;

  async function load() {
    const sdk = await import('ai');
    // It would print them; nothing but the daemon's own log does.
    globalThis.AI_SDK_LOG_WARNINGS = false;
    return { sdk, embedding: (await openAiClient(offer.name, address)).embeddingModel(model) };
  }

  return {
    offer,
    call: async ({ user }, signal): Promise<Called> => {
      const { sdk, embedding } = await (loading ??= load());
      try {
        const { embeddings, usage } = await sdk.embedMany({
          model: embedding,
          values: [...textsIn(user)],
          // weir tries again itself, elsewhere, and within its budget.
          maxRetries: 0,
          abortSignal: signal,
        });
        const used = Number.isFinite(usage.tokens) ? { input: usage.tokens, output: 0 } : undefined;
        return { kind: 'answered', text: JSON.stringify(embeddings), usage: used };
      } catch (error) {
        // By whoever gave the signal, and no longer listens.
        if (signal.aborted) return { kind: 'failed', fault: { kind: 'timeout', detail: 'it was stopped' } };
        return { kind: 'failed', fault: faultOf(error, false, clock.now(), sdk) };
      }
    },
  };
}
