import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { pause } from '../core/pause.ts';
import type { BuiltRequest, SimulatedRequest } from './request.ts';

/** What became of a request. */
export type Sent = { readonly retries: number } & (
  | ({ readonly kind: 'taken' } & Taken)
  | { readonly kind: 'rejected' | 'unanswered'; readonly why: string }
);

const takenSchema = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  ignored: z.int(),
  deadLettered: z.int(),
  ids: z.array(z.string()),
});
type Taken = z.infer<typeof takenSchema>;

export interface Sender {
  /** Sends until there is an answer that stands, or patience ends. Never rejects for what a network may do. */
  send(request: SimulatedRequest): Promise<Sent>;
  close(): void;
}

const firstPauseMs = 50;
const longestPauseMs = 2_000;
const answerTimeoutMs = 30_000;
const answerLimit = 1_048_576;

export interface SenderOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Kept open and used again. */
  readonly connections: number;
  readonly patienceMs: number;
  /** Patience ends with it: what is in flight is waited for, and not tried again. */
  readonly signal?: AbortSignal;
}

export function createSender(options: SenderOptions): Sender {
  const { clock, connections, patienceMs, signal } = options;
  const base = new URL(options.url);
  const isSecure = base.protocol === 'https:';
  const agent = new (isSecure ? SecureAgent : Agent)({ keepAlive: true, maxSockets: connections });
  const ask = (built: BuiltRequest) => answerTo(built, base, isSecure ? httpsRequest : httpRequest, agent);

  return {
    async send(request) {
      const giveUpAt = clock.now() + patienceMs;
      for (let retries = 0; ; retries += 1) {
        const answer = await ask(request.build(clock.now())).catch((error: unknown) => ({
          status: 0,
          retryAfterS: undefined,
          body: messageOf(error),
        }));
        if (answer.status === 202) return { kind: 'taken', retries, ...takenSchema.parse(JSON.parse(answer.body)) };
        const why = `${answer.status || 'no answer'}: ${answer.body.slice(0, 300)}`;
        const again = answer.status === 0 || answer.status === 429 || answer.status >= 500;
        if (!again) return { kind: 'rejected', retries, why };
        const pauseMs = pauseAfter(retries, answer.retryAfterS);
        if (clock.now() + pauseMs > giveUpAt) return { kind: 'unanswered', retries, why };
        await pause(pauseMs, signal);
        if (signal?.aborted) return { kind: 'unanswered', retries, why };
      }
    },
    close: () => agent.destroy(),
  };
}

/** What the server asks for, else twice as long each time. */
function pauseAfter(retries: number, retryAfterS: number | undefined): number {
  return retryAfterS === undefined ? Math.min(firstPauseMs * 2 ** retries, longestPauseMs) : retryAfterS * 1_000;
}

interface Answer {
  readonly status: number;
  readonly retryAfterS: number | undefined;
  readonly body: string;
}

function answerTo(
  { method, path, headers, body }: BuiltRequest,
  base: URL,
  request: typeof httpRequest,
  agent: Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname: base.hostname,
        port: base.port,
        path: base.pathname.replace(/\/$/, '') + path,
        method,
        agent,
        timeout: answerTimeoutMs,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (incoming) => {
        read(incoming).then(resolve, reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('the answer took too long')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function read(incoming: IncomingMessage): Promise<Answer> {
  const chunks: string[] = [];
  let length = 0;
  for await (const chunk of incoming.setEncoding('utf8')) {
    const text = String(chunk);
    length += text.length;
    if (length > answerLimit) throw new Error('the answer is longer than any of weir’s');
    chunks.push(text);
  }
  const retryAfter = Number(incoming.headers['retry-after']);
  return {
    status: incoming.statusCode ?? 0,
    retryAfterS: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
    body: chunks.join(''),
  };
}
