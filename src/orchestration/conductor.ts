import type { Clock } from '../core/clock.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Service } from '../core/service.ts';
import { createTurns } from '../core/turns.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { createMark } from '../log/position.ts';
import { contextOf } from './context.ts';
import { deadlines, decide } from './decide.ts';
import { createDelegation } from './delegate.ts';
import { createDocket, nextAt, unhanded, type Conducted, type DocketDeps, type DocketHappenings } from './docket.ts';
import type { Fact } from './facts.ts';
import { factOf } from './fold.ts';
import { withoutWorker } from './ladder.ts';
import type { Deciders, Run, RunRequest } from './run.ts';
import { tell } from './start.ts';
import { brokenOff, haltOf, mistakeOf } from './stop.ts';
import { encodeWork, workOf, type Work } from './work.ts';

/** What the conductor tells of itself. */
export interface ConductorHappenings extends DocketHappenings {
  /** Another conductor was faster; nothing lost. */
  runRaceLost(org: string): void;
  conductorRetrying(error: unknown): void;
}

export interface ConductorDeps extends DocketDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly how: Deciders;
  /**
   * What the agents get to see, gathered once; its JSON `contextBytesMax` at most. Where it fails, the run goes on without. `since`: when the
   * request was stored, log time, ms; what it rests on was in the log before.
   */
  gather(request: RunRequest, since: number): Promise<JsonObject>;
  /** The same facts, but for attempts there is no money for: `DailyBudget.afford`. */
  afford(request: RunRequest, facts: readonly Fact[], decidedOn: number): Promise<readonly Fact[]>;
  readonly happened: ConductorHappenings;
  /** Called when it cannot go on: the log is not the one it read. */
  failed(error: unknown): void;
}

export interface Conductor extends Service {
  /** A run that has not ended, as far as this conductor has read. */
  get(runId: string): Run | undefined;
  /** Whether an item of work still is what its run waits for, as far as it is known here. */
  isWanted(work: Work): boolean;
  /** Runs that have not ended. */
  open(): { readonly underWay: number; readonly waiting: number };
  /** Runs of an organisation that wait for people alone. */
  parked(org: string): number;
}

const batchSize = 512;
/** How often it looks whether the time of something has come. */
const tickMs = 25;
/** The mark before which every run has ended: where a conductor starts to read. */
export const floorKey = 'runs.floor';
const floorEveryMs = 30_000;
/** Runs it appends for at once. */
const atOnce = 256;

/**
 * Reads RUNS, folds, decides, and appends what it decided with the expected last sequence of the run's subject. As many as there are may
 * do so, on whatever machine: of two decisions the log takes one.
 */
export function createConductor(deps: ConductorDeps): Conductor {
  const { log, clock, how, happened } = deps;
  const docket = createDocket(deps);
  const floor = createMark(log, 'RUNS', floorKey);
  const seeToChildren = createDelegation(log, clock, (id) => docket.get(id)?.run);
  const turn = createTurns(atOnce);
  const stopping = new AbortController();
  let reader: LogReader | undefined;
  let reading: Promise<void> = Promise.resolve();
  let ticking: NodeJS.Timeout | undefined;
  let readTo = 0;
  let live = false;
  let savedAt = 0;

  /** Does what follows from a run as it is. One thing at a time for each; what changes meanwhile is looked at after it. */
  function consider(held: Conducted): void {
    held.missed = held.busy;
    if (!live || stopping.signal.aborted || held.busy || held.aside?.ends === false) return;
    if (held.run.sequence >= held.awaits && docket.get(held.id)) void advance(held);
  }

  /** Handles its own failures. */
  async function advance(held: Conducted): Promise<void> {
    const before = held.run;
    held.busy = true;
    held.nextAt = Infinity;
    try {
      const wanted = await turn(() => act(held));
      // Whoever waits for ClickHouse takes no turn from the others.
      if (wanted) await append(held, before, [await contextOf(wanted, (of) => deps.gather(of, held.since))]);
    } catch (error) {
      await recover(held, error);
    }
    held.busy = false;
    if (held.run !== before || held.missed) consider(held);
  }

  /** The request, where its context is what is wanted next. */
  async function act(held: Conducted): Promise<RunRequest | undefined> {
    const { run } = held;
    const request = factOf(run, 'requested')?.fact.request;
    const facts = await following(held, request);
    if (facts.length > 0) return append(held, run, facts);
    if (factOf(run, 'admitted') && !factOf(run, 'context-attached')) return request;
    held.nextAt = nextAt(held);
    await seeToChildren(held.id, run);
    return undefined;
  }

  /** What is to be told of it now. What is due for somebody goes to the queue. */
  async function following(held: Conducted, request: RunRequest | undefined): Promise<readonly Fact[]> {
    const { run, org, aside } = held;
    if (aside) return brokenOff(run, aside.why);
    const due = deadlines(run).filter(({ at }) => at <= clock.now());
    if (due.length > 0) return due.map(({ name }) => ({ fact: 'timer', name }));
    const decided = decide(run, how);
    if (request && decided.length > 0) return deps.afford(request, decided, run.sequence);
    if (docket.isRefused(held)) return [{ fact: 'run-ended', outcome: 'refused', why: 'too many runs wait' }];
    if (docket.mayBegin(held)) return [{ fact: 'admitted' }];
    for (const work of unhanded(held)) {
      if (work.dueAt > clock.now()) continue;
      try {
        await log.work.add({ org, id: work.id, data: encodeWork(work) });
      } catch (error) {
        // What is left is handed out after that.
        if (isWeirError(error, 'message-too-large')) return [withoutWorker(run, work.step, messageOf(error))];
        throw error;
      }
      held.added.add(work.id);
    }
    return [];
  }

  /** What comes of it, or of who was faster, comes with the reader. */
  async function append(held: Conducted, { sequence: expectLast }: Run, facts: readonly Fact[]): Promise<undefined> {
    const appended = await tell(log, clock, held, facts, { expectLast });
    if (appended.kind === 'moved') happened.runRaceLost(held.org);
    else held.awaits = Math.max(held.awaits, appended.sequence);
  }

  /** What fails for now is tried again. By a mistake in weir, or where the log does not take a decision for its size, the run goes on no further. */
  async function recover(held: Conducted, error: unknown): Promise<void> {
    if (stopping.signal.aborted) return;
    const isMistake = !isWeirError(error);
    if (isMistake) happened.runUndecidable(held.org, held.id, error);
    if (isMistake || error.code === 'message-too-large') {
      const why = isMistake ? mistakeOf(error) : messageOf(error);
      await append(held, held.run, haltOf(held.run, why)).catch((again: unknown) => retry(held, again));
    } else retry(held, error);
  }

  function retry(held: Conducted, error: unknown): void {
    if (!isWeirError(error) || !error.retriable) return deps.failed(error);
    // At the next tick.
    held.nextAt = 0;
    happened.conductorRetrying(error);
  }

  function see(message: LogMessage): readonly Conducted[] {
    readTo = message.sequence;
    return docket.see(message, live);
  }

  async function read(from: LogReader): Promise<void> {
    for (let messages = await from.next(); messages.length > 0; messages = await from.next()) {
      for (const held of new Set(messages.flatMap(see))) consider(held);
    }
  }

  function tick(): void {
    const now = clock.now();
    for (const held of docket.all()) if (held.nextAt <= now) consider(held);
    if (now < savedAt + floorEveryMs) return;
    savedAt = now;
    void saveFloor();
  }

  /** What fails the next one tells again. */
  const saveFloor = () =>
    floor.save(Math.min(readTo, ...[...docket.all()].map(({ first }) => first - 1))).catch(happened.conductorRetrying);

  return {
    name: 'conductor',
    get: (runId) => docket.get(runId)?.run,
    isWanted({ run, step, attempt, sequence }) {
      // What is not read yet may be anything.
      if (readTo < sequence) return true;
      const held = docket.get(run);
      return held !== undefined && workOf(held.run).some((work) => work.step === step && work.attempt === attempt);
    },
    parked: docket.parked,
    open: docket.open,
    async start() {
      readTo = await floor.load();
      const { lastSequence } = await log.info('RUNS');
      const from = (reader = log.read('RUNS', { after: readTo, maxMessages: batchSize }));
      // Nothing is decided on half of what is known.
      while (readTo < lastSequence && !stopping.signal.aborted) {
        const messages = await from.next({ waitMs: 1_000 });
        for (const message of messages) see(message);
        // What was left has aged out.
        if (messages.length === 0 && (await log.info('RUNS')).firstSequence > lastSequence) break;
      }
      if (stopping.signal.aborted) return;
      live = true;
      for (const held of docket.all()) consider(held);
      ticking = setInterval(tick, tickMs).unref();
      reading = read(from).catch((error: unknown) => {
        if (!stopping.signal.aborted) deps.failed(error);
      });
    },
    async stop() {
      stopping.abort();
      clearInterval(ticking);
      await reader?.close();
      await reading;
      if (live) await saveFloor();
    },
  };
}
