import { randomUUID } from 'node:crypto';
import type { AuditEntry, AuditRecord } from '../core/audit.ts';
import type { Clock } from '../core/clock.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import { pause } from '../core/pause.ts';
import type { Service } from '../core/service.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';

/** What the audit tells of itself. */
export interface AuditHappenings {
  /** The log does not take it now; nothing is lost yet. */
  auditDelayed(reason: string, retryMs: number): void;
  /** So many entries will not be in the audit. What they tell of happened all the same. */
  auditLost(entries: number, reason: string): void;
}

export interface AuditDeps {
  readonly log: Pick<Log, 'append'>;
  readonly clock: Clock;
  readonly happened: AuditHappenings;
  /** Entries that wait for the log; what comes beyond them is lost, and told. */
  readonly waitingMax?: number;
  /** A stop waits so long for the log to take what waits, ms. */
  readonly drainMs?: number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Writes down who did what. */
export interface Audit extends Service {
  /** Never waits and never throws: whoever acts is not to be kept by it. */
  record(record: AuditRecord): void;
  /** Entries that wait for the log. */
  waiting(): number;
}

/** Between attempts, ms; doubled each time up to the longest. */
const retryMs = { first: 250, longest: 15_000 };

/**
 * The writer of AUDIT. Entries are appended one after another, in the order they were recorded; while the log is away or full they wait,
 * up to a bound. Each has an id of its own, so one whose acknowledgement was lost is there once.
 */
export function createAudit(deps: AuditDeps): Audit {
  const { log, clock, happened, waitingMax = 1_000, drainMs = 2_000, wait = pause } = deps;
  const waiting: AuditEntry[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;
  let started = false;
  let working: Promise<void> | undefined;

  /** Whether it is over with: in the log, or never to be. */
  async function append(entry: AuditEntry): Promise<boolean> {
    const data = Buffer.from(JSON.stringify(entry));
    for (let delayMs = retryMs.first; ; delayMs = Math.min(delayMs * 2, retryMs.longest)) {
      try {
        await log.append({ stream: 'AUDIT', subject: subjects.audit(entry.org), data, id: entry.id });
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        if (!isPassing(error)) {
          happened.auditLost(1, messageOf(error));
          return true;
        }
        happened.auditDelayed(messageOf(error), delayMs);
      }
      await wait(delayMs, signal);
    }
  }

  async function work(): Promise<void> {
    for (let entry = waiting[0]; entry; entry = waiting[0]) {
      if (!(await append(entry))) break;
      waiting.shift();
    }
    working = undefined;
  }

  const begin = () => {
    if (started && waiting.length > 0) working ??= work();
  };

  return {
    name: 'audit',
    record(record) {
      if (signal.aborted || waiting.length >= waitingMax) {
        happened.auditLost(1, signal.aborted ? 'weir was stopping' : `${waitingMax} entries wait for the log`);
        return;
      }
      waiting.push({ id: randomUUID(), at: new Date(clock.now()).toISOString(), ...record });
      begin();
    },
    waiting: () => waiting.length,
    start: async () => {
      started = true;
      begin();
    },
    async stop() {
      const patience = new AbortController();
      await Promise.race([working, pause(drainMs, patience.signal)]);
      patience.abort();
      stopping.abort();
      const left = waiting.splice(0).length;
      if (left > 0) happened.auditLost(left, 'weir stopped before the log took them');
    },
  };
}

const isPassing = (error: unknown): boolean => isWeirError(error, 'log-unavailable') || isWeirError(error, 'log-full');
