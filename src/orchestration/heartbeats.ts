import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { isWeirError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import type { Log } from '../log/log.ts';

/** A worker and when it was last heard of, ms since 1970. */
export interface Heartbeat {
  readonly worker: string;
  readonly at: number;
  /** Names of its agents. */
  readonly agents: readonly string[];
}

/** What heartbeats tell of themselves. */
export interface HeartbeatHappenings {
  /** One was not written, or the others' not read; the next is due soon. */
  heartbeatMissed(error: unknown): void;
}

export interface HeartbeatsDeps {
  readonly log: Pick<Log, 'kv'>;
  readonly clock: Clock;
  /** The worker of this process: a name of its own for each start (`[A-Za-z0-9_-]+`). */
  readonly worker: string;
  readonly agents: readonly string[];
  readonly beatMs?: number;
  readonly happened: HeartbeatHappenings;
}

/** Who is there to work, of all daemons: each writes a sign of life to the key-value, and reads the others'. */
export interface Heartbeats extends Service {
  /** By name of the worker, as of the last beat. */
  workers(): readonly Heartbeat[];
  /** When a worker with this agent was last heard of, ms; 0 where there is none. */
  heardAt(agent: string): number;
}

const prefix = 'runs.worker.';
/** Who was not heard of for so long is forgotten. */
const forgottenAfterMs = 10 * 60_000;
const stored = z.object({ worker: z.string(), at: z.number(), agents: z.array(z.string()).max(2_000) });

export function createHeartbeats({
  log: { kv },
  clock,
  worker,
  agents,
  beatMs = 10_000,
  happened,
}: HeartbeatsDeps): Heartbeats {
  let others: readonly Heartbeat[] = [];
  let own: Heartbeat = { worker, at: 0, agents };
  let beating: NodeJS.Timeout | undefined;
  let beat: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const key = prefix + worker;
    const before = await kv.get(key);
    await kv.put(key, Buffer.from(JSON.stringify(own)), before?.revision ?? 0);
  }

  async function readOthers(): Promise<void> {
    const found: Heartbeat[] = [];
    for (const key of await kv.keys(prefix)) {
      const entry = key === prefix + worker ? undefined : await kv.get(key);
      const heard = entry && stored.safeParse(JSON.parse(Buffer.from(entry.value).toString('utf8'))).data;
      if (heard && clock.now() - heard.at < forgottenAfterMs) found.push(heard);
      else if (entry) await kv.delete(key);
    }
    others = found;
  }

  /** What fails for now the next beat does. */
  async function once(): Promise<void> {
    try {
      await write();
      await readOthers();
    } catch (error) {
      if (!isWeirError(error) || !error.retriable) throw error;
      happened.heartbeatMissed(error);
    }
  }

  /** This process is there whether or not it can tell others so. */
  function live(): void {
    own = { ...own, at: clock.now() };
  }

  return {
    name: 'heartbeats',
    workers: () => [own, ...others].toSorted((a, b) => (a.worker < b.worker ? -1 : 1)),
    heardAt: (agent) =>
      Math.max(0, ...[own, ...others].flatMap((each) => (each.agents.includes(agent) ? [each.at] : []))),
    async start() {
      live();
      await once();
      beating = setInterval(() => {
        live();
        beat = beat.then(once).catch(happened.heartbeatMissed);
      }, beatMs).unref();
    },
    async stop() {
      clearInterval(beating);
      await beat;
      await kv.delete(prefix + worker).catch(happened.heartbeatMissed);
    },
  };
}
