import type { Clock } from '../core/clock.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import type { Log } from '../log/log.ts';
import { childrenOf, endOfChild, type Child } from './children.ts';
import type { Fact } from './facts.ts';
import { factOf } from './fold.ts';
import { aRun } from './ladder.ts';
import { loadRun } from './load.ts';
import type { Run } from './run.ts';
import { startRun, tell, tellRun } from './start.ts';
import { mapCost } from './steps.ts';

/**
 * Sees to the runs under a run: starts them, once; tells them to stop where it stops; tells it how they ended. All of it follows from
 * the log, under ids of its own, so every conductor may do it and a crash leaves nothing behind. `open`: a run that has not ended, if known.
 */
export function createDelegation(log: Log, clock: Clock, open: (id: string) => Run | undefined) {
  async function seeTo(parent: string, child: Child): Promise<void> {
    const { id, org } = child.request;
    const tellEnd = (fact: Fact) => tell(log, clock, { org, id: parent }, [fact], { id: `${id}/ended` });
    const run = open(id) ?? (await loadRun(log, org, id));
    if (!factOf(run, 'requested')) {
      try {
        await startRun(log, clock, child.request);
      } catch (error) {
        await tellEnd(neverBegun(child, error));
        return;
      }
    }
    const end = endOfChild(run, child);
    if (end) {
      await tellEnd(end).catch((error: unknown) => tellEnd(withoutReport(end, error)));
    } else if (child.cancel !== undefined && !factOf(run, 'cancel-requested')) {
      await tellRun(log, clock, org, id, { fact: 'cancel-requested', by: `run:${parent}`, why: child.cancel });
    }
  }

  return async (id: string, run: Run): Promise<void> => {
    for (const child of childrenOf(run)) await seeTo(id, child);
  };
}

/** What a run would be asked with that is too large for the log: another may do with less. Throws what went wrong otherwise. */
function neverBegun({ step, attempt }: Child, error: unknown): Fact {
  if (!isWeirError(error, 'message-too-large')) throw error;
  const end = { step, attempt, worker: aRun, tookMs: 0, spent: mapCost(() => 0) };
  return { fact: 'step-failed', ...end, fault: 'unfit', detail: messageOf(error), retryAfterMs: null };
}

/** What a run gave that is too large for the run above it: that one does without. Throws what went wrong otherwise. */
function withoutReport(end: Fact, error: unknown): Fact {
  if (end.fact !== 'step-finished' || !isWeirError(error, 'message-too-large')) throw error;
  const { fact: _fact, report: _report, ...ending } = end;
  const why = { fault: 'refused', detail: messageOf(error), retryAfterMs: null } as const;
  return { fact: 'step-failed', ...ending, ...why };
}
