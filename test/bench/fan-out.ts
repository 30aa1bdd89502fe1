import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';
import { epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { openDoor } from '../support/push.ts';

/** One alert to so many subscribers, beside a bare loop of `ws` sends of the same bytes to as many. */
export interface FanOut {
  readonly subscribers: number;
  /** Milliseconds from the start until everybody has it, median. */
  readonly weirMs: number;
  readonly bareMs: number;
  /** Processor time of the sending process alone, median: what the clients cost is not in it. */
  readonly weirCpuMs: number;
  readonly bareCpuMs: number;
  /** bareMs / weirMs: 1 is as fast as bare. */
  readonly ratio: number;
}

const rounds = 5;
const alertsPerRound = 40;

/** Warm, in alternation; the clients live in a process of their own, so that what they cost is the same for both. */
export async function measureFanOut(subscribers = 1_000): Promise<FanOut> {
  const log = createMemoryLog({ now: () => epoch });
  const door = await openDoor({ log, clock: { now: () => epoch } });
  const book = writeAlerts(log);
  const bare = await openBare();
  const listeners = await listen(subscribers, [
    { address: door.ws, hello: JSON.stringify({ type: 'subscribe', id: 'a', from: 'now' }) },
    { address: bare.address, hello: '{}' },
  ]);
  const transition = await book.raise('account:warm');
  await listeners.heard(0, 1);
  const frame = Buffer.from(JSON.stringify({ type: 'alert', id: 'a', cursor: 'x'.repeat(59), ...transition }));

  const one = async () => {
    await book.raise('account:warm');
    await listeners.heard(0, 1);
  };
  const other = async () => {
    for (const socket of bare.sockets) socket.send(frame, { binary: false });
    await listeners.heard(1, 1);
  };
  for (let warm = 0; warm < alertsPerRound; warm++) {
    await one();
    await other();
  }
  const weir: Timed[] = [];
  const plain: Timed[] = [];
  for (let round = 0; round < rounds; round++) {
    const [mine, theirs] = await alternated(one, other);
    weir.push(mine);
    plain.push(theirs);
  }
  listeners.close();
  await door.close();
  bare.close();
  const [weirMs, bareMs] = [median(weir.map(({ ms }) => ms)), median(plain.map(({ ms }) => ms))];
  const [weirCpuMs, bareCpuMs] = [median(weir.map(({ cpuMs }) => cpuMs)), median(plain.map(({ cpuMs }) => cpuMs))];
  return { subscribers, weirMs, bareMs, weirCpuMs, bareCpuMs, ratio: bareMs / weirMs };
}

interface Timed {
  readonly ms: number;
  readonly cpuMs: number;
}

/** One of each in turn, so that whatever else the machine does weighs on both alike. Per alert. */
async function alternated(one: () => Promise<void>, other: () => Promise<void>): Promise<readonly [Timed, Timed]> {
  const sums = [one, other].map((work) => ({ work, ms: 0, cpuMs: 0 }));
  for (let count = 0; count < alertsPerRound; count++) {
    for (const sum of sums) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      await sum.work();
      sum.ms += performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      sum.cpuMs += (user + system) / 1_000;
    }
  }
  const [mine, theirs] = sums.map(({ ms, cpuMs }) => ({ ms: ms / alertsPerRound, cpuMs: cpuMs / alertsPerRound }));
  if (!mine || !theirs) throw new Error('nothing was timed');
  return [mine, theirs];
}

async function openBare() {
  const server = createServer();
  const sockets: WebSocket[] = [];
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  wss.on('connection', (socket) => void sockets.push(socket));
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  return {
    address: `ws://127.0.0.1:${port}`,
    sockets,
    close() {
      for (const socket of sockets) socket.terminate();
      server.close();
    },
  };
}

interface Group {
  readonly address: string;
  readonly hello: string;
}

/** The listening side: for each group it says when everybody in it has heard one more. */
async function listen(subscribers: number, groups: readonly Group[]) {
  const listener = fork(fileURLToPath(import.meta.url), ['listen', JSON.stringify({ subscribers, groups })]);
  const heard = groups.map(() => 0);
  const waiting = new Set<() => void>();
  let ready = false;
  listener.on('message', (group) => {
    if (typeof group !== 'number') return;
    if (group < 0) ready = true;
    else heard[group] = (heard[group] ?? 0) + 1;
    for (const each of waiting) each();
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!holds()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  await until(() => ready);
  const asked = groups.map(() => 0);
  return {
    heard: (group: number, more: number) => {
      const wanted = (asked[group] ?? 0) + more;
      asked[group] = wanted;
      return until(() => (heard[group] ?? 0) >= wanted);
    },
    close: () => listener.kill(),
  };
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function listenAs(subscribers: number, groups: readonly Group[]): Promise<void> {
  for (const [index, { address, hello }] of groups.entries()) {
    let received = 0;
    for (let count = 0; count < subscribers; count++) {
      const socket = new WebSocket(address, ['weir.v1'], { perMessageDeflate: false });
      const answered = new Promise<void>((resolve) => void socket.once('message', () => resolve()));
      await new Promise<void>((resolve) => void socket.once('open', () => resolve()));
      socket.send(hello);
      // weir answers `subscribed`; the bare server says nothing.
      if (index === 0) await answered;
      socket.on('message', () => {
        received += 1;
        if (received % subscribers === 0) process.send?.(index);
      });
    }
  }
  process.send?.(-1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , role, options] = process.argv;
  if (role === 'listen') {
    const { subscribers, groups }: { subscribers: number; groups: readonly Group[] } = JSON.parse(options ?? '');
    await listenAs(subscribers, groups);
  } else console.log(await measureFanOut());
}
