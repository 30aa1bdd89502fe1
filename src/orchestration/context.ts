import { messageOf } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { FactOf } from './facts.ts';
import { lackingIn } from './known.ts';
import type { RunRequest } from './run.ts';

/** What the log takes, less room for the rest of the fact. */
export const contextBytesMax = 256 * 1024;

/** What the agents get to see; a run under another is given it by that one. Where it cannot be had, or is too large, the run goes on without, and says so. */
export async function contextOf(
  request: RunRequest,
  gather: (request: RunRequest) => Promise<JsonObject>,
): Promise<FactOf<'context-attached'>> {
  try {
    const context = request.parent ? request.context : await gather(request);
    if (Buffer.byteLength(JSON.stringify(context)) > contextBytesMax) throw new RangeError('the context is too large');
    return { fact: 'context-attached', context, missing: lackingIn(context) };
  } catch (error) {
    return { fact: 'context-attached', context: {}, missing: messageOf(error) };
  }
}
