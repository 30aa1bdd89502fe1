import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import { serverMessageSchema, type AlertFilter, type serverMessages } from '../../../schemas/push.ts';
import { messageOf } from '../../core/errors.ts';
import { foreign, tokenHint } from '../client.ts';
import { CommandFailed } from '../context.ts';

export type AlertMessage = z.infer<typeof serverMessages.alert>;

export interface FollowOptions {
  readonly address: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly filter: AlertFilter;
  readonly org?: string;
  /** `now`, `open`, a time or a cursor: where the first connection begins. The next ones go on where the last one stopped. */
  readonly from: string;
  readonly stopped: AbortSignal;
  /** Something a person should know: the connection is gone, or alerts are. */
  said(text: string): void;
  /** False ends it. */
  told(message: AlertMessage): boolean;
  reached(cursor: string): void;
}

const waitMinMs = 250;
const waitMaxMs = 10_000;
/** The server is asked whether it is there so often; without an answer until the next time the connection is given up. */
const pingEveryMs = 15_000;
/** Close codes after which trying again changes nothing. */
const final = new Set([4401, 4403]);

/** Follows alerts through any number of connections, until stopped or told enough. Throws when the daemon refuses. */
export async function follow(options: FollowOptions): Promise<void> {
  let from = options.from;
  let waitMs = waitMinMs;
  for (let connections = 0; !options.stopped.aborted; connections += 1) {
    const end = await listen(options, from, (cursor) => {
      from = cursor;
      waitMs = waitMinMs;
      options.reached(cursor);
    });
    if (end.kind === 'enough') return;
    if (end.kind === 'refused') throw new CommandFailed(end.why);
    if (end.kind === 'cursor-invalid') {
      if (from === 'open') throw new CommandFailed(end.why);
      options.said(`${end.why} Going on with what is open now.`);
      from = 'open';
      continue;
    }
    if (connections === 0 && end.kind === 'unreachable') {
      throw new CommandFailed(
        `No daemon answers at ${options.address.origin} (${end.why}). Start one with: weir start`,
      );
    }
    options.said(`${end.why}; connecting again`);
    await sleep(waitMs, undefined, { signal: options.stopped }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, waitMaxMs);
  }
}

type End =
  | { readonly kind: 'enough' }
  | { readonly kind: 'refused' | 'cursor-invalid' | 'unreachable' | 'lost'; readonly why: string };

/** One connection, from its opening to its end. */
function listen(options: FollowOptions, from: string, reached: (cursor: string) => void): Promise<End> {
  const { address, headers, filter, org, stopped, told, said } = options;
  const url = new URL('/ws', address);
  url.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, ['weir.v1'], { headers, handshakeTimeout: 10_000 });

  return new Promise((resolve) => {
    let opened = false;
    let answered = true;
    const finish = (end: End): void => {
      clearInterval(pinging);
      stopped.removeEventListener('abort', stop);
      // Closing takes a while, and what arrives meanwhile belongs to whoever connects next.
      socket.removeAllListeners('message');
      resolve(end);
      socket.close();
    };
    const stop = (): void => finish({ kind: 'enough' });
    const pinging = setInterval(() => {
      if (!answered) return finish({ kind: 'lost', why: 'the daemon does not answer' });
      answered = false;
      if (opened) socket.ping();
    }, pingEveryMs);
    stopped.addEventListener('abort', stop, { once: true });

    socket.on('pong', () => (answered = true));
    socket.on('open', () => {
      opened = true;
      socket.send(JSON.stringify({ type: 'subscribe', id: 'tail', filter, from, ...(org !== undefined && { org }) }));
    });
    socket.on('message', (data) => {
      answered = true;
      const message = serverMessageSchema.parse(JSON.parse(textOf(data)));
      if (message.type === 'alert') {
        const more = told(message);
        reached(message.cursor);
        if (!more) finish({ kind: 'enough' });
      }
      if (message.type === 'subscribed') reached(message.cursor);
      if (message.type === 'gap') said('alerts are missing here: they are no longer in the log');
      if (message.type === 'error') {
        const kind = message.code === 'cursor-invalid' ? 'cursor-invalid' : 'refused';
        finish({ kind, why: message.code.startsWith('token-') ? `${message.detail}${tokenHint}` : message.detail });
      }
    });
    socket.on('unexpected-response', (_, response) => {
      const { statusCode = 0 } = response;
      response.resume();
      const refusal = `the daemon answers ${statusCode}${statusCode === 401 ? tokenHint : ''}`;
      const why = statusCode < 300 ? `${foreign(address)}: it is no WebSocket.` : refusal;
      // 503: starting, stopping or full. That passes.
      finish(statusCode === 503 ? { kind: 'lost', why } : { kind: 'refused', why });
    });
    socket.on('error', (error) => finish({ kind: opened ? 'lost' : 'unreachable', why: messageOf(error) }));
    socket.on('close', (code, reason) => {
      const why = `${reason.toString() || `the connection was closed (${code})`}${code === 4401 ? tokenHint : ''}`;
      finish(final.has(code) ? { kind: 'refused', why } : { kind: 'lost', why });
    });
  });
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
}
