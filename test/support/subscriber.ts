import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { serverMessageSchema } from '../../schemas/push.ts';
import type { Alert } from '../../src/core/alert.ts';
import { createRandom } from '../../src/simulate/random.ts';

/** A subscriber over a real WebSocket that cuts its own connection again and again, and goes on from its last cursor. */
export interface Subscriber {
  /** `alert id, version` of each transition, in the order it was heard. */
  readonly heard: readonly string[];
  /** Each alert by its id, as it was heard last. */
  readonly alerts: ReadonlyMap<string, Alert>;
  /** How often it cut the connection, and how often it found it cut. */
  readonly cuts: number;
  readonly lost: number;
  readonly gaps: number;
  /** Resolves when it has subscribed for the first time: it hears everything from then on. */
  readonly subscribed: Promise<void>;
  stop(): Promise<void>;
}

const againAfterMs = 50;
/** Frames it hears at most before it cuts. */
const patience = 2;

export function subscribe(
  url: string,
  options: { readonly org: string; readonly cuts: number; readonly seed: string },
) {
  const random = createRandom(options.seed);
  const heard: string[] = [];
  const alerts = new Map<string, Alert>();
  const stopping = new AbortController();
  const count = { cuts: 0, lost: 0, gaps: 0 };
  let cursor = 'now';
  let first: () => void = () => undefined;
  const subscribed = new Promise<void>((resolve) => {
    first = resolve;
  });

  /** One connection, to its end. */
  function connect(): Promise<void> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['weir.v1']);
    let frames = count.cuts < options.cuts ? random.int(0, patience) : Infinity;
    let own = false;
    const cut = (): void => {
      own = true;
      socket.terminate();
    };
    stopping.signal.addEventListener('abort', cut, { once: true });
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'subscribe', id: 'a', from: cursor, org: options.org })),
    );
    socket.on('message', (data: Buffer) => {
      // What had arrived already when it cut is as if it had never come.
      if (own) return;
      const message = serverMessageSchema.parse(JSON.parse(data.toString()));
      if (message.type === 'error') throw new Error(`refused: ${message.detail}`);
      if (message.type === 'gap') count.gaps += 1;
      if (message.type === 'subscribed') cursor = message.cursor;
      if (message.type === 'subscribed') first();
      if (message.type === 'alert') {
        cursor = message.cursor;
        alerts.set(message.alert.id, message.alert);
        heard.push(`${message.alert.id} ${message.alert.version}`);
        frames -= 1;
      }
      if (frames > 0 || stopping.signal.aborted) return;
      count.cuts += 1;
      cut();
    });
    // A daemon that is dead at the moment; the close that follows says all.
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.on('close', () => {
        stopping.signal.removeEventListener('abort', cut);
        if (!own) count.lost += 1;
        resolve();
      });
    });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await connect();
      await sleep(againAfterMs);
    }
  }

  const running = run();
  return {
    heard,
    alerts,
    subscribed,
    get cuts() {
      return count.cuts;
    },
    get lost() {
      return count.lost;
    },
    get gaps() {
      return count.gaps;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  } satisfies Subscriber;
}
