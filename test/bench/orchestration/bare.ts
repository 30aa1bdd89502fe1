import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../src/log/log.ts';
import { subjects } from '../../../src/log/subjects.ts';
import { newLog, type LogKind } from '../support/log.ts';

const steps = 5;
/** About what a fact of a run is. */
const fact = Buffer.alloc(600, 'x');

/** What the log alone takes between two steps of as many runs at once: an end, a decision with what it expects, an item of work, and that handed out; ms. */
export async function bareGaps(kind: LogKind, runs: number, agentMs: number): Promise<readonly number[]> {
  const { log, discard } = await newLog(kind);
  const taken = new Map<string, () => void>();
  const done: Promise<void>[] = [];
  const taker = log.work.take({
    atOnce: 2 * runs,
    handle(item) {
      taken.get(Buffer.from(item.data).toString('utf8', 0, idBytes).trim())?.();
      done.push(item.done());
    },
  });
  const gaps = await Promise.all(Array.from({ length: runs }, (_, run) => gapsOf(log, `b${run}`, taken, agentMs)));
  await Promise.all(done);
  await taker.close();
  await discard();
  return gaps.flat();
}

const idBytes = 32;

async function gapsOf(log: Log, run: string, taken: Map<string, () => void>, agentMs: number): Promise<number[]> {
  const gaps: number[] = [];
  const subject = subjects.run('acme', run);
  for (let step = 0; step < steps; step += 1) {
    const id = `${run}/${step}`;
    await sleep(agentMs);
    const began = performance.now();
    const handed = new Promise<void>((resolve) => taken.set(id, resolve));
    const end = await log.append({ stream: 'RUNS', subject, id: `${id}/end`, data: fact });
    const expectLast = end.kind === 'moved' ? 0 : end.sequence;
    await log.append({ stream: 'RUNS', subject, expectLast, data: fact });
    await log.work.add({ org: 'acme', id, data: Buffer.from(id.padEnd(idBytes).padEnd(fact.length, 'x')) });
    await handed;
    gaps.push(performance.now() - began);
    taken.delete(id);
    await log.append({ stream: 'RUNS', subject, id: `${id}/start`, data: fact });
  }
  return gaps;
}
