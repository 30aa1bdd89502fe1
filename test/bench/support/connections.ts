import { connect, type Socket } from 'node:net';

/** What became of requests that were sent. */
export interface Sent {
  readonly seconds: number;
  /** From a request's first byte to its answer's last, ms, in the order they were answered. */
  readonly latencies: readonly number[];
  /** Answers that were not 202: the first of them, and how many. */
  readonly refused: { readonly count: number; readonly first: string };
}

export interface Sending {
  readonly port: number;
  /** Requests at once, each over a connection that is kept. */
  readonly connections: number;
  /** Requests a second; absent: the next as soon as one is answered. */
  readonly rate?: number;
}

/**
 * Sends requests that are bytes already, over kept connections, and does as little else as it can: what it takes of the
 * processor is not there for the server.
 */
export async function send(requests: Iterable<Buffer>, { port, connections, rate }: Sending): Promise<Sent> {
  const next = requests[Symbol.iterator]();
  const latencies: number[] = [];
  const refused = { count: 0, first: '' };
  const began = performance.now();
  const line = () =>
    open(port, (status, ms, head) => {
      latencies.push(ms);
      if (status === 202) return;
      refused.count += 1;
      refused.first ||= head;
    });
  const lines = await Promise.all(Array.from({ length: connections }, line));

  let asked = 0;
  const due = () => (rate === undefined ? Infinity : ((performance.now() - began) * rate) / 1_000);
  const work = async ({ ask }: Line): Promise<void> => {
    for (;;) {
      while (asked > due()) await new Promise((resolve) => setTimeout(resolve, 1));
      asked += 1;
      const request = next.next();
      if (request.done) return;
      await ask(request.value);
    }
  };
  await Promise.all(lines.map(work));
  const seconds = (performance.now() - began) / 1_000;
  for (const { close } of lines) close();
  return { seconds, latencies, refused };
}

interface Line {
  /** Resolves with the answer; one request at a time. */
  ask(request: Buffer): Promise<void>;
  close(): void;
}

type Answered = (status: number, ms: number, head: string) => void;

async function open(port: number, answered: Answered): Promise<Line> {
  const socket = await connected(port);
  let held: Buffer = Buffer.alloc(0);
  let began = 0;
  let settle: { resolve(): void; reject(error: Error): void } | undefined;

  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const end = held.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = held.toString('latin1', 0, end);
    const length = Number(/\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (held.length < end + 4 + length) return;
    const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    answered(status, performance.now() - began, status === 202 ? '' : held.toString('utf8', 0, 1_000));
    held = held.subarray(end + 4 + length);
    settle?.resolve();
  });
  const broken = () => settle?.reject(new Error('The server hung up.'));
  socket.on('error', broken);
  socket.on('close', broken);

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        began = performance.now();
        socket.write(request);
      }),
    close: () => void socket.destroy(),
  };
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}
