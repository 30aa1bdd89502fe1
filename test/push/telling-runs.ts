import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { aRequest } from '../orchestration/support/reference.ts';
import { epoch } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { call, openDoor, isOf, type Caller, type Door, type Received } from '../support/push.ts';
import { anInsight } from '../support/store.ts';
import { until } from '../support/until.ts';

/** What is undone after each test of the file. */
export const undo: (() => Promise<void> | void)[] = [];
export const undoAll = async (): Promise<void> => {
  for (const each of undo.splice(0).reverse()) await each();
};

/** A log of runs, daemons over it, and what is told there. */
export async function setting(
  limits: Parameters<typeof openDoor>[0]['limits'] = {},
  orgs: readonly string[] = ['acme', 'globex'],
) {
  let now = epoch;
  const clock = { now: () => (now += 1) };
  const log = createMemoryLog(clock);
  const open = async (more: { openAfter?: () => Promise<number> } = {}): Promise<Door> => {
    const door = await openDoor({ log, clock, limits, orgs, ...more });
    undo.push(() => door.close());
    return door;
  };
  const say = async (run: string, facts: readonly Fact[], org = 'acme') => {
    await log.append({ stream: 'RUNS', subject: subjects.run(org, run), data: encodeEntry(epoch, facts) });
  };
  return { log, open, say };
}

/** What a run begins with, goes on with, and ends with. */
export const asked = (run: string, entity = 'account:a', kind = 'customer_health'): readonly Fact[] => [
  { fact: 'requested', request: aRequest(run, { entity, kind }) },
];
export const admitted: readonly Fact[] = [{ fact: 'admitted' }];
export const ended: readonly Fact[] = [
  {
    fact: 'result-synthesised',
    result: { summary: 'They may leave.', confidence: 0.7, findings: [], insights: [{ ...anInsight() }] },
  },
  { fact: 'run-ended', outcome: 'completed', why: 'every step is over' },
];

/** A caller that has subscribed. */
export async function subscribed(door: Door, message: object): Promise<Caller> {
  const caller = await call(door.ws);
  undo.push(() => caller.socket.terminate());
  caller.send({ type: 'subscribe', id: 'r', topic: 'runs', org: 'acme', ...message });
  await caller.next('subscribed');
  return caller;
}

export const runsOf = ({ messages }: Caller) => messages.filter((message) => isOf(message, 'run'));
export const told = (message: Pick<Received<'run'>, 'run' | 'facts'>) =>
  `${message.run} ${message.facts.map(({ fact }) => fact).join('+')}`;

/** The runs it heard of, once there are so many messages. */
export async function heard(caller: Caller, count: number): Promise<readonly string[]> {
  await until(() => runsOf(caller).length >= count);
  return runsOf(caller).map(told);
}
