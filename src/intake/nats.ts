import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { isWeirError, WeirError, type ErrorCode } from '../core/errors.ts';
import { namePattern } from '../core/event.ts';
import type { Service } from '../core/service.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { mapStructured, structuredType } from './cloudevents.ts';
import type { IntakeHappenings } from './happenings.ts';
import { beginningOf, createKeeper, type Item, type Keeper, type Kept } from './keep.ts';
import type { IntakeLimits } from './limits.ts';
import { unmappable } from './mapped.ts';
import type { Seen } from './seen.ts';

export interface NatsIntakeDeps {
  readonly log: Log;
  readonly seen: Pick<Seen, 'has' | 'ready'>;
  readonly clock: Clock;
  readonly orgs: ReadonlySet<string>;
  readonly partitions: number;
  readonly limits: IntakeLimits;
  readonly happened: IntakeHappenings;
}

/** Messages of INTAKE worked on at once. */
const batchMax = 500;
/** Waits before what the log did not take is tried again, ms: the last one goes on for ever. */
const delaysMs = [100, 500, 2_000, 5_000] as const;
/** How long it waits for messages before it looks whether it should stop. */
const idleMs = 1_000;

/**
 * Takes CloudEvents from the work queue INTAKE (`weir.intake.<org>.<source>`, JSON structured mode) into EVENTS. A message
 * leaves the queue when the log has acknowledged its event, or its dead letter; after a crash it is taken again, and its id
 * tells. No rate bounds it: it pulls, and what waits, waits in the log.
 */
export function createNatsIntake(deps: NatsIntakeDeps): Service {
  const stopping = new AbortController();
  const keeper = createKeeper(deps);
  let reader: LogReader | undefined;
  let working: Promise<void> | undefined;

  /** Works off the queue from its head, and begins there anew when reading fails: what was not trimmed is told by its ids. */
  async function run(): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        reader = deps.log.read('INTAKE', { after: 0, maxMessages: batchMax });
        await work(reader, keeper, deps, stopping.signal);
      } catch (error) {
        await delay(deps, stopping.signal, isWeirError(error) ? error.code : 'internal', attempt);
      } finally {
        await reader?.close();
      }
    }
  }

  return {
    name: 'nats-intake',
    start: async () => {
      working = run();
    },
    stop: async () => {
      stopping.abort();
      await reader?.close();
      await working;
    },
  };
}

async function work(reader: LogReader, keeper: Keeper, deps: NatsIntakeDeps, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const batch = await reader.next({ waitMs: idleMs });
    const last = batch.at(-1);
    if (!last) continue;
    const done = await untilTaken(deps, stopping, async () => {
      if (!deps.seen.ready()) throw new WeirError('not-ready', 'What was seen before is still being read.');
      await take(batch, keeper, deps);
    });
    if (done) await untilTaken(deps, stopping, () => deps.log.trim('INTAKE', last.sequence));
  }
}

/** Repeats a step until the log takes it; false where it was told to stop before. */
async function untilTaken(deps: NatsIntakeDeps, stopping: AbortSignal, step: () => Promise<void>): Promise<boolean> {
  for (let attempt = 0; !stopping.aborted; attempt += 1) {
    try {
      await step();
      return true;
    } catch (error) {
      if (!isWeirError(error)) throw error;
      await delay(deps, stopping, error.code, attempt);
    }
  }
  return false;
}

async function delay(deps: NatsIntakeDeps, stopping: AbortSignal, code: ErrorCode, attempt: number): Promise<void> {
  if (stopping.aborted) return;
  const delayMs = delaysMs[Math.min(attempt, delaysMs.length - 1)] ?? 0;
  deps.happened.intakeDelayed(code, delayMs);
  await setTimeout(delayMs, undefined, { signal: stopping }).catch(() => undefined);
}

/** Keeps a batch. Counts only when every message found its place, so that one tried again counts once. */
async function take(batch: readonly LogMessage[], keeper: Keeper, deps: NatsIntakeDeps): Promise<void> {
  const items = batch.map((message) => itemOf(message, deps));
  const kept = await keeper.keep(items);
  const settled = await Promise.all(kept.map((each, index) => orBuried(each, items[index], keeper)));
  const failed = settled.find((each) => each.kind === 'failed');
  if (failed) throw failed.error;
  keeper.count(items, settled);
}

/** What the log will never take, such as an event larger than a message, must not hold up the queue. */
async function orBuried(kept: Kept, item: Item | undefined, keeper: Keeper): Promise<Kept> {
  if (kept.kind !== 'failed' || kept.error.retriable || !item) return kept;
  const { body: whole, contentType } = item.bytes();
  const { body, said } = beginningOf(whole);
  const mapped = unmappable(`${kept.error.message} ${said}`);
  const [buried] = await keeper.keep([{ mapped, arrival: item.arrival, bytes: () => ({ body, contentType }) }]);
  return buried ?? kept;
}

function itemOf({ subject, storedAt, data }: LogMessage, { orgs, limits }: NatsIntakeDeps): Item {
  const [, , org = '', origin = ''] = subject.split('.');
  const known = orgs.has(org) && namePattern.test(origin);
  return {
    mapped: known
      ? mapStructured(data, origin, limits)
      : unmappable(`There is no organisation and source for ${subject}`),
    // When it was stored in the queue it had come in: a message taken twice is the same event to the byte.
    arrival: { org: nameOr(org), origin: nameOr(origin), receivedAt: storedAt },
    bytes: () => ({ body: data, contentType: structuredType }),
  };
}

/** A word that may stand in a subject and a letter; `-` in place of one that may not. */
function nameOr(name: string): string {
  return namePattern.test(name) ? name : '-';
}
