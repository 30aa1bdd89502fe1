import { ProtocolError, ProtocolErrorCode, SdkError, SdkErrorCode } from '@modelcontextprotocol/client';
import { messageOf } from '../../core/errors.ts';
import { cleanText } from '../clean.ts';
import type { Child } from './child.ts';
import { ToolFault } from './fault.ts';

export interface CallFacts {
  readonly tool: string;
  readonly timeoutMs: number;
  readonly child: Pick<Child, 'ended' | 'close'>;
  /** Whether the server still answers anything. */
  isAlive(): Promise<boolean>;
}

const detailMax = 500;
/** JSON-RPC's words for a request that no repetition makes better. */
const ourFaults: ReadonlySet<number> = new Set([ProtocolErrorCode.InvalidParams, ProtocolErrorCode.MethodNotFound]);

/** What a call's failure means. A server that hangs is ended here, and so started again. */
export async function faultOf(error: unknown, { tool, timeoutMs, child, isAlive }: CallFacts): Promise<ToolFault> {
  const said = cleanText(messageOf(error)).slice(0, detailMax);
  const fault = (kind: ToolFault['fault'], detail: string) =>
    new ToolFault(kind, `${tool}: ${detail}`, { cause: error });
  if (error instanceof ProtocolError) {
    return fault(ourFaults.has(error.code) ? 'invalid' : 'transient', `the server refused: ${said}`);
  }
  const code = error instanceof SdkError ? error.code : undefined;
  if (code === SdkErrorCode.InvalidResult) return fault('invalid', `its result is none: ${said}`);
  // Of a request, or of the signal that bounds all of a call.
  if (code === SdkErrorCode.RequestTimeout || (error instanceof Error && error.name === 'TimeoutError')) {
    if (await isAlive()) return fault('timed-out', `no answer within ${timeoutMs} ms`);
    await child.close();
    return fault('timed-out', `no answer within ${timeoutMs} ms, and the server hangs; it is started again`);
  }
  if (code === SdkErrorCode.ConnectionClosed) {
    const { kind, why } = await child.ended;
    return fault(kind === 'too-large' ? 'invalid' : 'transient', `the server is gone: ${why}`);
  }
  return fault('transient', said);
}
