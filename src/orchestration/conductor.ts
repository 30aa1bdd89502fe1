import type { Clock } from '../core/clock.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Service } from '../core/service.ts';
import { createTurns } from '../core/turns.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { addDue, conducted, isChild, nextAt, parentOf, type Conducted } from './conducted.ts';
import { contextOf } from './context.ts';
import { deadlines, decideOrHalt } from './decide.ts';
import { createDelegation } from './delegate.ts';
import { decodeEntry, encodeEntry, type Fact } from './facts.ts';
import { createFloor } from './floor.ts';
import { factOf, fold } from './fold.ts';
import { createOffice, type Office } from './office.ts';
import type { Deciders, Outcome, Run, RunRequest } from './run.ts';
import { haltOf } from './stop.ts';
import { workOf, type Work } from './work.ts';

/** What the conductor tells of itself. */
export interface ConductorHappenings {
  /** A fact is in the log: each once, told by the conductor that read it. */
  runFact(org: string, runId: string, fact: Fact, at: number): void;
  runEnded(org: string, runId: string, outcome: Outcome, tookMs: number): void;
  /** Another conductor was faster; nothing lost. */
  runRaceLost(org: string): void;
  conductorRetrying(error: unknown): void;
  /** A decider failed: a mistake in weir, in one run, which goes on no further. */
  runUndecidable(org: string, runId: string, error: unknown): void;
}

export interface ConductorDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly how: Deciders;
  /** What the agents get to see, gathered once; its JSON `contextBytesMax` at most. Where it fails, the run goes on without. */
  gather(request: RunRequest): Promise<JsonObject>;
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
  const runs = new Map<string, Conducted>();
  const office: Office<Conducted> = createOffice(deps.inFlightPerOrg, deps.waitingPerOrg);
  const floor = createFloor(log);
  const seeToChildren = createDelegation(log, clock, (id) => runs.get(id)?.run);
  const turn = createTurns(atOnce);
  let reader: LogReader | undefined;
  let reading: Promise<void> = Promise.resolve();
  let ticking: NodeJS.Timeout | undefined;
  let readTo = 0;
  let live = false;
  const stopping = new AbortController();
  let savedAt = 0;

  /** Those of whom something follows: the run itself, and when it ended the one it is under. */
  function see(message: LogMessage): readonly Conducted[] {
    readTo = message.sequence;
    const [, kind, org = '', id = ''] = message.subject.split('.');
    if (kind !== 'runs') return [];
    const entry = decodeEntry(message.data);
    // What is told of a run that ended before the floor, or that was ended already, has come too late.
    if (!runs.has(id) && entry.facts[0]?.fact !== 'requested') return [];
    const held = runs.get(id) ?? conducted(id, org, message.sequence);
    runs.set(id, held);
    held.run = fold(held.run, entry, message.sequence);
    if (live) for (const fact of entry.facts) happened.runFact(org, id, fact, entry.at);
    held.nextAt = nextAt(held, clock.now());
    office.place(held.org, held, held.run);
    const ended = factOf(held.run, 'run-ended');
    if (!ended) return [held];
    runs.delete(id);
    if (live)
      happened.runEnded(org, id, ended.fact.outcome, ended.at - (factOf(held.run, 'requested')?.at ?? ended.at));
    const parent = runs.get(parentOf(held.run) ?? '');
    return parent ? [parent] : [];
  }

  /** Does what follows from a run as it is. One thing at a time for each; what changes meanwhile is looked at after it. */
  function consider(held: Conducted): void {
    held.missed = held.busy;
    if (!live || stopping.signal.aborted || held.busy || held.run.sequence < held.awaits || !runs.has(held.id)) return;
    void advance(held);
  }

  /** Handles its own failures. */
  async function advance(held: Conducted): Promise<void> {
    const before = held.run;
    held.busy = true;
    held.again = false;
    try {
      await turn(() => act(held));
    } catch (error) {
      await recover(held, error);
    }
    held.busy = false;
    if (held.run !== before || held.missed) consider(held);
  }

  async function act(held: Conducted): Promise<void> {
    const before = held.run;
    const due = deadlines(before).filter(({ at }) => at <= clock.now());
    const passed = due.map(({ name }): Fact => ({ fact: 'timer', name }));
    if (passed.length > 0) return append(held, before, passed);

    const decided = decideOrHalt(before, how, (error) => happened.runUndecidable(held.org, held.id, error));
    const request = factOf(before, 'requested')?.fact.request;
    if (request && decided.length > 0) return append(held, before, await deps.afford(request, decided));
    if (request && factOf(before, 'admitted') && !factOf(before, 'context-attached')) {
      return append(held, before, [await contextOf(request, deps.gather)]);
    }
    if (office.isRefused(held.org, held)) {
      return append(held, before, [{ fact: 'run-ended', outcome: 'refused', why: 'too many runs wait' }]);
    }
    if (!factOf(before, 'admitted') && (isChild(held) || office.isNext(held.org, held)))
      return append(held, before, [{ fact: 'admitted' }]);
    const unhanded = await addDue(log.work, held, clock.now());
    if (unhanded) return append(held, before, [unhanded]);
    held.nextAt = nextAt(held, clock.now());
    await seeToChildren(held.id, before);
  }

  /** What comes of it, or of who was faster, comes with the reader. */
  async function append(held: Conducted, { sequence: expectLast }: Run, facts: readonly Fact[]): Promise<void> {
    const data = encodeEntry(clock.now(), facts);
    const appended = await log.append({ stream: 'RUNS', subject: subjects.run(held.org, held.id), data, expectLast });
    if (appended.kind === 'moved') happened.runRaceLost(held.org);
    else held.awaits = Math.max(held.awaits, appended.sequence);
  }

  /** What fails for now is tried again. A run whose decision the log does not take for its size goes on no further. */
  async function recover(held: Conducted, error: unknown): Promise<void> {
    if (isWeirError(error, 'message-too-large')) {
      const halt = haltOf(held.run, messageOf(error));
      return append(held, held.run, [halt]).catch((again: unknown) => recover(held, again));
    }
    if (!isWeirError(error) || !error.retriable) {
      if (!stopping.signal.aborted) deps.failed(error);
      return;
    }
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
    for (const org of orgs) for (const held of office.toLookAt(org)) consider(held);
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
    for (const held of runs.values()) if (held.again || held.nextAt <= now) consider(held);
    if (now < savedAt + floorEveryMs) return;
    savedAt = now;
    // The next one tells again.
    floor.save(lowest()).catch(happened.conductorRetrying);
  }

  const roots = () => [...runs.values()].filter((held) => !isChild(held)).length;
  const lowest = () => Math.min(readTo, ...[...runs.values()].map(({ first }) => first - 1));

  return {
    name: 'conductor',
    get: (runId) => runs.get(runId)?.run,
    isWanted(work) {
      // What is not read yet may be anything.
      if (readTo < work.sequence) return true;
      const held = runs.get(work.run);
      return (
        held !== undefined &&
        workOf(held.run).some(({ step, attempt }) => step === work.step && attempt === work.attempt)
      );
    },
    open: () => ({ underWay: office.underWay(), waiting: roots() - office.underWay() }),
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
      for (const held of runs.values()) consider(held);
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
