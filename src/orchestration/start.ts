import type { Clock } from '../core/clock.ts';
import type { Appended, Log, NewMessage } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { encodeEntry, keyOf, type Fact } from './facts.ts';
import type { RunRequest } from './run.ts';

/** Appends an entry to a run's subject. Rejects as the log does. */
export function tell(
  log: Pick<Log, 'append'>,
  clock: Clock,
  { org, id }: { readonly org: string; readonly id: string },
  facts: readonly Fact[],
  condition: Pick<NewMessage, 'id' | 'expectLast'>,
): Promise<Appended> {
  const data = encodeEntry(clock.now(), facts);
  return log.append({ stream: 'RUNS', subject: subjects.run(org, id), data, ...condition });
}

/** Starts a run, once: `known` where it was started before, be it under way or over. Rejects as the log does. */
export async function startRun(log: Log, clock: Clock, request: RunRequest): Promise<'started' | 'known'> {
  const { kind } = await tell(log, clock, request, [{ fact: 'requested', request }], { expectLast: 0 });
  return kind === 'moved' ? 'known' : 'started';
}

/** What a person says of a run that is under way. Whether it counts the run decides: a denial after the grant changes nothing. */
export type Command = Extract<
  Fact,
  { fact: 'approval-granted' | 'approval-denied' | 'cancel-requested' | 'person-answered' | 'message-sent' }
>;

/** Resolves when it is in the log. That there is such a run, and that the person may say so, is for the caller to look at. */
export async function tellRun(log: Log, clock: Clock, org: string, id: string, command: Command): Promise<void> {
  await tell(log, clock, { org, id }, [command], { id: `${id}/${keyOf(command)}` });
}
