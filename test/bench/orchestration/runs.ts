import { systemClock } from '../../../src/core/clock.ts';
import type { Log } from '../../../src/log/log.ts';
import type { Agent } from '../../../src/orchestration/agent.ts';
import { decodeEntry } from '../../../src/orchestration/facts.ts';
import { fold, noRun } from '../../../src/orchestration/fold.ts';
import type { Deciders, Run, RunRequest } from '../../../src/orchestration/run.ts';
import { startRun } from '../../../src/orchestration/start.ts';
import { createRig } from '../../orchestration/support/rig.ts';
import { newLog, type LogKind } from '../support/log.ts';

export interface CarriedOut {
  readonly runs: readonly Run[];
  readonly seconds: number;
}

/** Runs asked for at once, by one conductor and one worker on a log of their own, until all have ended. */
export async function carryOut(
  kind: LogKind,
  requests: readonly RunRequest[],
  { how, agents, inFlight }: { readonly how: Deciders; readonly agents: readonly Agent[]; readonly inFlight: number },
): Promise<CarriedOut> {
  const { log, discard } = await newLog(kind);
  const rig = createRig({ log, how, agents, inFlightPerOrg: inFlight, workersAtOnce: 200 });
  await rig.start();
  const began = performance.now();
  const reading = endedRuns(log, requests.length);
  await Promise.all(requests.map((request) => startRun(log, systemClock, request)));
  const runs = await reading;
  const seconds = (performance.now() - began) / 1_000;
  await rig.stop();
  await discard();
  return { runs, seconds };
}

/** All runs, once so many have ended. What they say is read when it no longer costs them time. */
async function endedRuns(log: Log, count: number): Promise<readonly Run[]> {
  const reader = log.read('RUNS', { after: 0, maxMessages: 512 });
  const messages = [];
  for (let ended = 0; ended < count;) {
    for (const message of await reader.next()) {
      messages.push(message);
      if (Buffer.from(message.data).includes('"fact":"run-ended"')) ended += 1;
    }
  }
  await reader.close();
  const runs = new Map<string, Run>();
  for (const { subject, sequence, data } of messages)
    runs.set(subject, fold(runs.get(subject) ?? noRun, decodeEntry(data), sequence));
  return [...runs.values()];
}

export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
