import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../src/simulate/random.ts';
import type { KillOptions } from './kill.ts';
import type { Stage } from './stage.ts';

/** A kill to be: when so many events were answered, and a moment later. */
interface Strike {
  readonly at: 'daemon' | 'server';
  readonly after: number;
  readonly delayMs: number;
  /** Killed again so long after it was started anew, whether it is ready or not. */
  readonly againAfterMs: number | undefined;
}

const delayMsMax = 60;
const startingMsMax = 1_200;
/** Of the kills of a daemon, the share that falls into its start. */
const startingShare = 0.2;

/** When who is killed: all of it follows from the seed. The last kill of the daemon falls behind the last event. */
export function planStrikes({ seed, events, daemonKills, serverKills }: Omit<KillOptions, 'log'>): readonly Strike[] {
  const random = createRandom(`${seed}/kills`);
  const starting = Math.round(daemonKills * startingShare);
  const strike = (at: Strike['at'], after: number, again: boolean): Strike => ({
    at,
    after,
    delayMs: random.int(0, delayMsMax),
    againAfterMs: again ? random.int(0, startingMsMax) : undefined,
  });
  const moment = () => random.int(Math.ceil(events * 0.02), Math.floor(events * 0.98));
  const daemons = Array.from({ length: daemonKills - starting }, (_, index) =>
    strike('daemon', index === 0 ? events : moment(), index < starting),
  );
  const servers = Array.from({ length: serverKills }, () => strike('server', moment(), false));
  return [...daemons, ...servers].toSorted((a, b) => a.after - b.after);
}

/** Carries out strikes one after the other; each is over when the daemon is ready again. */
export function createStriker(stage: Stage, plan: readonly Strike[], said: (text: string) => void = () => undefined) {
  const struck = { daemon: 0, starting: 0, server: 0 };
  let answered = 0;
  let next = 0;
  let striking = Promise.resolve();
  let fail: (why: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  async function strike({ at, delayMs, againAfterMs }: Strike): Promise<void> {
    const { daemon, nats } = stage;
    await sleep(delayMs);
    said(`kills the ${at} after ${answered} events`);
    struck[at] += 1;
    if (at === 'server') {
      await nats?.kill();
      await nats?.restart();
      return daemon.ready();
    }
    await daemon.kill();
    if (againAfterMs !== undefined) {
      await daemon.launch();
      await sleep(againAfterMs);
      struck.daemon += 1;
      struck.starting += 1;
      await daemon.kill();
    }
    await daemon.start();
  }

  function strikeUpTo(events: number): void {
    for (let due = plan[next]; due && due.after <= events; due = plan[next]) {
      next += 1;
      const now = due;
      striking = striking.then(() => strike(now));
      striking.catch(fail);
    }
  }

  return {
    /** Rejects when a strike cannot be carried out: the daemon does not come back. */
    failed,
    answered(events: number): void {
      answered += events;
      // The last waits for all events to be answered.
      strikeUpTo(Math.min(answered, (plan.at(-1)?.after ?? 0) - 1));
    },
    async finish() {
      strikeUpTo(Infinity);
      await striking;
      return struck;
    },
  };
}
