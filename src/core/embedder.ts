import type { JsonObject } from './json.ts';

/**
 * P Makes vectors of texts: what means the like lies near (cosine). Vectors of different models cannot be compared.
 *
 * `embed` gives one vector for each text, in order, all of one length. It rejects where there is none for all of them, with an
 * error whose message says why in words for people; and soon after the signal is aborted.
 * `called` hears of the calls that were made for it, also where it then rejects: what is recorded of them.
 */
export interface Embedder {
  /** The model's name: kept with its vectors. */
  readonly model: string;
  /** `org`: whose budget pays. At most `embeddedAtOnceMax` texts. */
  embed(
    org: string,
    texts: readonly string[],
    signal: AbortSignal,
    called?: (calls: readonly JsonObject[]) => void,
  ): Promise<readonly (readonly number[])[]>;
}

/** Texts an embedder takes at once. */
export const embeddedAtOnceMax = 32;
