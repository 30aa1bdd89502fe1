import type { Clock } from '../core/clock.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { encodeEntry, type Fact } from './facts.ts';
import type { RunRequest } from './run.ts';

/** Starts a run, once: `known` where it was started before, be it under way or over. Rejects as the log does. */
export async function startRun(log: Log, clock: Clock, request: RunRequest): Promise<'started' | 'known'> {
  const data = encodeEntry(clock.now(), [{ fact: 'requested', request }]);
  const subject = subjects.run(request.org, request.id);
  const { kind } = await log.append({ stream: 'RUNS', subject, data, expectLast: 0 });
  return kind === 'moved' ? 'known' : 'started';
}

/** What a person says of a run that is under way. Whether it counts the run decides: a denial after the grant changes nothing. */
export type Command = Extract<
  Fact,
  { fact: 'approval-granted' | 'approval-denied' | 'cancel-requested' | 'person-answered' | 'message-sent' }
>;

/** Resolves when it is in the log. That there is such a run, and that the person may say so, is for the caller to look at. */
export async function tellRun(log: Log, clock: Clock, org: string, runId: string, command: Command): Promise<void> {
  const data = encodeEntry(clock.now(), [command]);
  await log.append({ stream: 'RUNS', subject: subjects.run(org, runId), data, id: `${runId}/${idOfCommand(command)}` });
}

function idOfCommand(command: Command): string {
  if (command.fact === 'cancel-requested') return command.fact;
  if (command.fact === 'message-sent') return `${command.fact} ${command.id}`;
  return `${command.fact} ${command.step} ${command.by}`;
}
