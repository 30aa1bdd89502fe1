import { setTimeout as after } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { AlertRun } from '../core/alert.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { createMark } from '../log/position.ts';
import { orgOfSubject } from '../log/subjects.ts';
import { decodeEntry, mayHold, type FactOf } from '../orchestration/facts.ts';
import type { Alerts } from './service.ts';
import type { IgnoredRun } from './runs.ts';

/** What is told of runs that looked into alerts. */
export interface InvestigationHappenings {
  /** A run that ended changes nothing of its alert, and why. */
  runIgnored(org: string, reason: IgnoredRun): void;
  /** The message at `sequence` of RUNS cannot be read: nothing of it comes to an alert. */
  endUnreadable(sequence: number, detail: string): void;
  /** The log does not take it now; it is tried again. Nothing lost. */
  investigationsDelayed(detail: string): void;
}

export interface InvestigationsDeps {
  readonly log: Log;
  readonly alerts: Pick<Alerts, 'attach'>;
  readonly happened: InvestigationHappenings;
  /** Called when it cannot go on: the log is not the one it read. */
  failed(error: unknown): void;
}

export interface Investigations extends Service {
  /** Through which sequence of RUNS what ended is with its alert. */
  reached(): number;
}

const key = 'alerts.runs';
const readAtOnce = 256;
/** Messages between two notes of how far it is: what a start reads again at most, and finds done. */
const noteEvery = 1_000;
const retryMs = 1_000;
/** Runs of which it is remembered what was asked; of others it is read. */
const askedMax = 10_000;

/**
 * Reads RUNS, and writes what came of a run to the alert that caused it. As many as there are may do so: a run is with its alert
 * once, whoever was faster and however often it is read.
 */
export function createInvestigations({ log, alerts, happened, failed }: InvestigationsDeps): Investigations {
  const stopping = new AbortController();
  const mark = createMark(log, 'RUNS', key);
  const asked = new LRUCache<string, Asked>({ max: askedMax });
  let reader: LogReader | undefined;
  let reading: Promise<void> = Promise.resolve();
  let [reached, noted] = [0, 0];

  async function note(): Promise<void> {
    await mark.save(reached);
    noted = reached;
  }

  /** To look for the first message of a run is to look through all runs before it, where the log is embedded. */
  async function requestOf(subject: string): Promise<Asked | undefined> {
    const known = asked.get(subject);
    const first = known ? undefined : await log.next('RUNS', subject, 0);
    return known ?? (first && readable(first, requestIn));
  }

  async function see(message: LogMessage): Promise<void> {
    const { subject } = message;
    const org = orgOfSubject(subject);
    if (!subject.startsWith('weir.runs.') || org === undefined) return;
    const began = mayHold(message.data, 'requested') ? readable(message, requestIn) : undefined;
    if (began) asked.set(subject, began);
    const ended = readable(message, endIn);
    if (!ended) return;
    const request = await requestOf(subject);
    if (request?.alert === undefined) return;
    const run = readable(message, () => runOf(request, ended));
    if (!run) return;
    const verdict = await alerts.attach(org, request.alert, run, request.asOf);
    if (verdict !== 'attached') happened.runIgnored(org, verdict);
  }

  /** What cannot be read is passed over: the archive keeps it as a dead letter, and the runs behind it go on to their alerts. */
  function readable<T>(message: LogMessage, from: (message: LogMessage) => T): T | undefined {
    try {
      return from(message);
    } catch (error) {
      happened.endUnreadable(message.sequence, messageOf(error));
      return undefined;
    }
  }

  async function read(from: LogReader): Promise<void> {
    while (!stopping.signal.aborted) {
      for (const message of await from.next()) {
        await persist(() => see(message));
        if (stopping.signal.aborted) return;
        reached = message.sequence;
      }
      if (reached - noted >= noteEvery) await persist(note);
    }
  }

  /** Until it is done, or it stops: what cannot be written now can be later. */
  async function persist(work: () => Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        return await work();
      } catch (error) {
        if (!isWeirError(error) || !error.retriable) throw error;
        happened.investigationsDelayed(messageOf(error));
      }
      await after(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: 'investigations',
    reached: () => reached,
    async start() {
      reached = noted = await mark.load();
      reader = log.read('RUNS', { after: reached, maxMessages: readAtOnce });
      reading = read(reader).catch((error: unknown) => {
        if (!stopping.signal.aborted) failed(error);
      });
    },
    async stop() {
      stopping.abort();
      await reader?.close();
      await reading;
      await note();
    },
  };
}

interface End {
  readonly at: number;
  readonly ended: FactOf<'run-ended'>;
  readonly result: FactOf<'result-synthesised'> | undefined;
}

function endIn({ data }: LogMessage): End | undefined {
  if (!mayHold(data, 'run-ended')) return undefined;
  const { at, facts } = decodeEntry(data);
  const ended = facts.find((fact) => fact.fact === 'run-ended');
  return ended && { at, ended, result: facts.find((fact) => fact.fact === 'result-synthesised') };
}

/** What is remembered of a run. */
type Asked = Pick<FactOf<'requested'>['request'], 'id' | 'kind' | 'alert' | 'asOf'>;

function requestIn({ data }: LogMessage): Asked | undefined {
  const request = decodeEntry(data).facts.find((fact) => fact.fact === 'requested')?.request;
  if (!request) return undefined;
  const { id, kind, alert, asOf } = request;
  return { id, kind, asOf, ...(alert !== undefined && { alert }) };
}

/** What stands with the alert, in short: every transition of it carries it. The run has all of it. */
const findingsMax = 3;
const [summaryMax, lineMax] = [2_000, 500];

const resultSchema = z.object({
  summary: z.string(),
  confidence: z.number(),
  findings: z.array(
    z.object({ kind: z.string(), title: z.string(), confidence: z.number(), action: z.object({ text: z.string() }) }),
  ),
});

function runOf({ id, kind }: Asked, { at, ended, result }: End): AlertRun {
  const told = result && resultSchema.parse(result.result);
  return {
    id,
    kind,
    outcome: ended.outcome,
    endedAt: new Date(at).toISOString(),
    summary: shortened(told?.summary ?? ended.why, summaryMax),
    confidence: told?.confidence ?? null,
    findings: (told?.findings ?? []).slice(0, findingsMax).map(({ title, action, ...finding }) => ({
      ...finding,
      title: shortened(title, lineMax),
      action: shortened(action.text, lineMax),
    })),
  };
}

const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
