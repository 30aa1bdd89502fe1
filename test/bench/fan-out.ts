import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { openDoor } from '../support/push.ts';
import { alternate, median, medianRatio } from './support/alternate.ts';
import type { Measure } from './support/figure.ts';
import { inOwnProcess, type Runner } from './support/process.ts';

/** (d) One alert to a thousand subscribers, until all of them have it, beside bare `ws` sends of the same bytes to as many. */
export const measureFanOut: Measure = async ({ rounds, scale, progress }) => {
  const subscribers = Math.round(1_000 * scale);
  const what = `one alert to ${subscribers} subscribers`;
  progress(`${what}: connecting`);
  const senders = await inOwnProcess(import.meta.url, createSenders, { subscribers });
  const figures = await alternate([['both', () => senders.run(null)]], { rounds }, (text) =>
    progress(`${what}: ${text}`),
  );
  await senders.stop();

  const pairs = figures('both');
  const weir = pairs.map(({ weir }) => weir.ms);
  const bare = pairs.map(({ bare }) => bare.ms);
  const cpuOf = (of: 'weir' | 'bare') => median(pairs.map((pair) => pair[of].cpuMs)).toFixed(1);
  return [
    {
      what,
      unit: 'ms',
      weir: median(weir),
      bare: { is: 'ws sends', value: median(bare) },
      ratio: medianRatio(bare, weir),
      target: { of: 'ratio', atLeast: 0.85 },
      note: `processor time of the sender: ${cpuOf('weir')} ms, bare ${cpuOf('bare')} ms`,
    },
  ];
};

const alertsPerRound = 40;

interface Timed {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Both senders in one process; those who listen live in another, so that what they cost is the same for both. */
export async function createSenders({
  subscribers,
}: {
  readonly subscribers: number;
}): Promise<Runner<null, { readonly weir: Timed; readonly bare: Timed }>> {
  const log = createMemoryLog({ now: () => epoch });
  const door = await openDoor({ log, clock: { now: () => epoch } });
  const book = writeAlerts(log);
  const bare = await openBare();
  const listeners = await inOwnProcess(import.meta.url, createListeners, {
    subscribers,
    groups: [
      { address: door.ws, hello: JSON.stringify({ type: 'subscribe', id: 'a', from: 'now' }), answers: true },
      { address: bare.address, hello: '{}', answers: false },
    ],
  });

  const transition = await book.raise('account:warm');
  await listeners.run({ group: 0 });
  const frame = Buffer.from(JSON.stringify({ type: 'alert', id: 'a', cursor: 'x'.repeat(59), ...transition }));
  const byWeir = async () => {
    const heard = listeners.run({ group: 0 });
    await book.raise('account:warm');
    await heard;
  };
  const byBareSends = async () => {
    const heard = listeners.run({ group: 1 });
    for (const socket of bare.sockets) socket.send(frame, { binary: false });
    await heard;
  };
  return {
    run: async () => {
      const [weir, bare] = await inTurns(byWeir, byBareSends);
      return { weir, bare };
    },
    async stop() {
      await listeners.stop();
      await door.close();
      bare.close();
    },
  };
}

/** One of each in turn, so that whatever else the machine does weighs on both alike. Per alert. */
async function inTurns(one: () => Promise<void>, other: () => Promise<void>): Promise<readonly [Timed, Timed]> {
  const mine = { work: one, ms: 0, cpuMs: 0 };
  const theirs = { work: other, ms: 0, cpuMs: 0 };
  for (let count = 0; count < alertsPerRound; count++) {
    for (const sum of [mine, theirs]) {
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      await sum.work();
      const { user, system } = process.cpuUsage(cpu);
      sum.ms += (performance.now() - start) / alertsPerRound;
      sum.cpuMs += (user + system) / 1_000 / alertsPerRound;
    }
  }
  return [mine, theirs];
}

async function openBare() {
  const server = createServer();
  const sockets: WebSocket[] = [];
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  wss.on('connection', (socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
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
  /** Whether the server answers the hello before it sends anything else. */
  readonly answers: boolean;
}

/** Those who listen. Asked about a group, it answers when everybody in it has heard one more. */
export async function createListeners({
  subscribers,
  groups,
}: {
  readonly subscribers: number;
  readonly groups: readonly Group[];
}): Promise<Runner<{ readonly group: number }, void>> {
  const states = groups.map(() => ({ heard: 0, wanted: 0, wake: (): void => undefined }));
  for (const [index, { address, hello, answers }] of groups.entries()) {
    const state = states[index];
    for (let count = 0; count < subscribers; count++) {
      const socket = new WebSocket(address, ['weir.v1'], { perMessageDeflate: false });
      await new Promise<void>((resolve) => void socket.once('open', () => resolve()));
      const answered = new Promise<void>((resolve) => void socket.once('message', () => resolve()));
      socket.send(hello);
      if (answers) await answered;
      socket.on('message', () => {
        if (!state) return;
        state.heard += 1;
        if (state.heard === state.wanted) state.wake();
      });
    }
  }
  return {
    async run({ group }) {
      const state = states[group];
      if (!state) throw new RangeError(`There is no group ${group}.`);
      state.wanted += subscribers;
      if (state.heard >= state.wanted) return;
      await new Promise<void>((resolve) => {
        state.wake = resolve;
      });
    },
    stop: async () => undefined,
  };
}
