import type { Clock } from '../core/clock.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Service } from '../core/service.ts';
import { createTurns } from '../core/turns.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { addDue, isChild, nextAt, type Conducted } from './conducted.ts';
import { contextOf } from './context.ts';
import { deadlines, decideOrHalt } from './decide.ts';
import { createDelegation } from './delegate.ts';
import { createDocket, type DocketHappenings } from './docket.ts';
import { encodeEntry, type Fact } from './facts.ts';
import { createFloor } from './floor.ts';
import { factOf } from './fold.ts';
import type { Deciders, Run, RunRequest } from './run.ts';
import { haltOf } from './stop.ts';
import { workOf, type Work } from './work.ts';

/** What the conductor tells of itself. */
export interface ConductorHappenings extends DocketHappenings {
  /** Another conductor was faster; nothing lost. */
  runRaceLost(org: string): void;
  conductorRetrying(error: unknown): void;
}

export interface ConductorDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly how: Deciders;
  /**
   * What the agents get to see, gathered once; its JSON `contextBytesMax` at most. Where it fails, the run goes on without. `since`: when the
   * request was stored, log time, ms; what it rests on was in the log before.
   */
  gather(request: RunRequest, since: number): Promise<JsonObject>;
  /** The same facts, but for attempts there is no money for: `DailyBudget.afford`. */
  afford(request: RunRequest, facts: readonly Fact[]): Promise<readonly Fact[]>;
  /** Runs under way of one organisation; the others wait in the order they came. */
  readonly inFlightPerOrg: number;
  /** Runs of one organisation that may wait; what comes beyond is refused. */
  readonly waitingPerOrg: number;
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
  const floor = createFloor(log);
  const seeToChildren = createDelegation(log, clock, (id) => docket.get(id)?.run);
  const turn = createTurns(atOnce);
  let reader: LogReader | undefined;
  let reading: Promise<void> = Promise.resolve();
  let ticking: NodeJS.Timeout | undefined;
  let readTo = 0;
  let live = false;
  const stopping = new AbortController();
  let savedAt = 0;

  function see(message: LogMessage): readonly Conducted[] {
    readTo = message.sequence;
    return docket.see(message, live);
  }

  /** Does what follows from a run as it is. One thing at a time for each; what changes meanwhile is looked at after it. */
  function consider(held: Conducted): void {
    held.missed = held.busy;
    if (held.aside?.ends === false) return;
    if (!live || stopping.signal.aborted || held.busy || held.run.sequence < held.awaits || !docket.get(held.id))
      return;
    void advance(held);
  }

  /** Handles its own failures. */
  async function advance(held: Conducted): Promise<void> {
    const before = held.run;
    held.busy = true;
    held.again = false;
    try {
      const wanted = await turn(() => act(held));
      // Whoever waits for ClickHouse takes no turn from the others.
      const gather = (request: RunRequest) => deps.gather(request, held.since);
      if (wanted) await append(held, before, [await contextOf(wanted, gather)]);
    } catch (error) {
      await recover(held, error);
    }
    held.busy = false;
    if (held.run !== before || held.missed) consider(held);
  }

  /** The request, where its context is what is wanted next. */
  async function act(held: Conducted): Promise<RunRequest | undefined> {
    const before = held.run;
    if (held.aside) return append(held, before, [{ fact: 'run-ended', outcome: 'failed', why: held.aside.why }]);
    const due = deadlines(before).filter(({ at }) => at <= clock.now());
    const passed = due.map(({ name }): Fact => ({ fact: 'timer', name }));
    if (passed.length > 0) return append(held, before, passed);

    const decided = decideOrHalt(before, how, (error) => happened.runUndecidable(held.org, held.id, error));
    const request = factOf(before, 'requested')?.fact.request;
    if (request && decided.length > 0) return append(held, before, await deps.afford(request, decided));
    if (request && factOf(before, 'admitted') && !factOf(before, 'context-attached')) return request;
    if (docket.isRefused(held.org, held)) {
      return append(held, before, [{ fact: 'run-ended', outcome: 'refused', why: 'too many runs wait' }]);
    }
    if (!factOf(before, 'admitted') && (isChild(held) || docket.isNext(held.org, held)))
      return append(held, before, [{ fact: 'admitted' }]);
    const unhanded = await addDue(log.work, held, clock.now());
    if (unhanded) return append(held, before, [unhanded]);
    held.nextAt = nextAt(held);
    await seeToChildren(held.id, before);
    return undefined;
  }

  /** What comes of it, or of who was faster, comes with the reader. */
  async function append(held: Conducted, { sequence: expectLast }: Run, facts: readonly Fact[]): Promise<undefined> {
    const data = encodeEntry(clock.now(), facts);
    const appended = await log.append({ stream: 'RUNS', subject: subjects.run(held.org, held.id), data, expectLast });
    if (appended.kind === 'moved') happened.runRaceLost(held.org);
    else held.awaits = Math.max(held.awaits, appended.sequence);
  }

  /** What fails for now is tried again. By a mistake in weir, or where the log does not take a decision for its size, the run goes on no further. */
  async function recover(held: Conducted, error: unknown): Promise<void> {
    if (stopping.signal.aborted) return;
    const isMistake = !isWeirError(error);
    if (isMistake) happened.runUndecidable(held.org, held.id, error);
    if (isMistake || error.code === 'message-too-large') {
      await append(held, held.run, [haltOf(held.run, messageOf(error))]).catch((again: unknown) => retry(held, again));
    } else retry(held, error);
  }

  function retry(held: Conducted, error: unknown): void {
    if (!isWeirError(error) || !error.retriable) return deps.failed(error);
    held.again = true;
    happened.conductorRetrying(error);
  }

  function seeAll(messages: readonly LogMessage[]): void {
    const touched = new Set<Conducted>();
    const orgs = new Set<string>();
    for (const message of messages) {
      for (const held of see(message)) touched.add(held);
      orgs.add(message.subject.split('.')[2] ?? '');
    }
    for (const held of touched) consider(held);
    // A run that ended makes room for the next.
    for (const org of orgs) for (const held of docket.toLookAt(org)) consider(held);
  }

  async function read(): Promise<void> {
    for (;;) {
      const messages = await reader?.next();
      if (!messages || messages.length === 0) return;
      seeAll(messages);
    }
  }

  function tick(): void {
    const now = clock.now();
    for (const held of docket.all()) if (held.again || held.nextAt <= now) consider(held);
    if (now < savedAt + floorEveryMs) return;
    savedAt = now;
    // The next one tells again.
    floor.save(lowest()).catch(happened.conductorRetrying);
  }

  const lowest = () => Math.min(readTo, ...[...docket.all()].map(({ first }) => first - 1));

  return {
    name: 'conductor',
    get: (runId) => docket.get(runId)?.run,
    isWanted(work) {
      // What is not read yet may be anything.
      if (readTo < work.sequence) return true;
      const held = docket.get(work.run);
      return (
        held !== undefined &&
        workOf(held.run).some(({ step, attempt }) => step === work.step && attempt === work.attempt)
      );
    },
    parked: (org) => docket.parked(org),
    open: () => ({ underWay: docket.underWay(), waiting: docket.roots() - docket.underWay() }),
    async start() {
      const after = await floor.load();
      readTo = after;
      const { lastSequence } = await log.info('RUNS');
      reader = log.read('RUNS', { after, maxMessages: batchSize });
      // Nothing is decided on half of what is known.
      while (readTo < lastSequence && !stopping.signal.aborted) {
        const messages = await reader.next({ waitMs: 1_000 });
        for (const message of messages) see(message);
        // What was left has aged out.
        if (messages.length === 0 && (await log.info('RUNS')).firstSequence > lastSequence) break;
      }
      if (stopping.signal.aborted) return;
      live = true;
      for (const held of docket.all()) consider(held);
      ticking = setInterval(tick, tickMs).unref();
      reading = read().catch((error: unknown) => {
        if (!stopping.signal.aborted) deps.failed(error);
      });
    },
    async stop() {
      stopping.abort();
      clearInterval(ticking);
      await reader?.close();
      await reading;
      if (live) await floor.save(lowest()).catch(happened.conductorRetrying);
    },
  };
}
