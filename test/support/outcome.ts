import { z } from 'zod';
import type { AlertTransition } from '../../src/core/alert.ts';
import type { Commit } from '../../src/core/commit.ts';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import type { Log, StreamName } from '../../src/log/log.ts';
import { decodeEntry, keyOf } from '../../src/orchestration/facts.ts';
import { churnModel } from '../../src/scoring/churn-outcome.ts';
import { dealModel } from '../../src/scoring/deal-outcome.ts';
import { archivedStreams } from '../../src/store/clickhouse/tables/rewriting.ts';

/**
 * What a run came to: each kind of thing by its id, as JSON without what may differ between two runs of the same events: when
 * they were received, and where they stand in the log.
 */
export interface Outcome {
  readonly events: Items;
  readonly scores: Items;
  readonly insights: Items;
  readonly tasks: Items;
  /** By alert id and version. */
  readonly transitions: Items;
  /** The same without what agents came to, which a replay does not give again: as if nobody had looked into them. */
  readonly alerts: Items;
  readonly deadLetters: Items;
  /** Facts of runs that the archive has reached, by run and key. How agents get on is nothing that a replay gives again. */
  readonly runs: Items;
  /** Those of the runs' results among them. */
  readonly runInsights: Items;
  /** What stands in the log twice and must not. */
  readonly twice: readonly string[];
}

export type Items = ReadonlyMap<string, string>;

/** Reads it all from a log nobody writes to. */
export async function outcomeOf(log: Log): Promise<Outcome> {
  const twice: string[] = [];
  const gather = <T>(kind: string, keyOf: (item: T) => string, without: (item: T) => unknown) => {
    const items = new Map<string, string>();
    const add = (item: T): void => {
      const key = keyOf(item);
      if (items.has(key)) twice.push(`${kind} ${key}`);
      items.set(key, JSON.stringify(without(item)));
    };
    return { items, add };
  };
  const byId = ({ id }: { readonly id: string }) => id;
  const whole = <T>(item: T) => item;

  const events = gather<StreamEvent>('event', byId, ({ receivedAt, ...rest }) => rest);
  const scores = gather<Commit['scores'][number]>('score', byId, whole);
  const insights = gather<Commit['insights'][number]>('insight', byId, whole);
  const tasks = gather<Commit['tasks'][number]>('task', byId, whole);
  const transitions = gather<AlertTransition>('transition', versionOf, ({ receivedAt, alert, ...rest }) => {
    const { lastPosition, ...settled } = alert;
    return { ...rest, alert: settled };
  });
  const investigated = new Map<string, number>();
  const alerts = gather<AlertTransition>('transition', versionOf, ({ receivedAt, alert, ...rest }) => {
    const { lastPosition, runs: _, ...settled } = alert;
    return { ...rest, alert: settled };
  });
  const addUninvestigated = ({ alert, ...rest }: AlertTransition): void => {
    const before = investigated.get(alert.id) ?? 0;
    if (rest.transition === 'investigated') investigated.set(alert.id, before + 1);
    else alerts.add({ ...rest, alert: { ...alert, version: alert.version - before } });
  };
  const deadLetters = gather<DeadLetter>('dead letter', byId, ({ at, ...rest }) => rest);

  for await (const event of jsonOf<StreamEvent>(log, 'EVENTS')) events.add(event);
  for await (const commit of jsonOf<Commit>(log, 'SIGNALS')) {
    for (const score of commit.scores) scores.add(score);
    for (const insight of commit.insights) insights.add(insight);
    for (const task of commit.tasks) tasks.add(task);
  }
  for await (const transition of jsonOf<AlertTransition>(log, 'ALERTS')) {
    transitions.add(transition);
    addUninvestigated(transition);
  }
  for await (const letter of jsonOf<DeadLetter>(log, 'DEADLETTERS')) deadLetters.add(letter);
  return {
    events: events.items,
    scores: scores.items,
    insights: insights.items,
    tasks: tasks.items,
    transitions: transitions.items,
    alerts: alerts.items,
    deadLetters: deadLetters.items,
    ...(await runsOf(log)),
    twice,
  };
}

async function runsOf(log: Log): Promise<Pick<Outcome, 'runs' | 'runInsights'>> {
  const account = await log.kv.get('archive.RUNS');
  const through = account ? (await accountOf(log, 'RUNS')).position.sequence : 0;
  const [runs, runInsights] = [new Map<string, string>(), new Map<string, string>()];
  for (let at = 0; ;) {
    const message = await log.next('RUNS', 'weir.runs.*.*', at);
    if (!message || message.sequence > through) return { runs, runInsights };
    at = message.sequence;
    for (const fact of decodeEntry(message.data).facts) {
      runs.set(`${message.subject.split('.')[3]} ${keyOf(fact)}`, '');
      if (fact.fact !== 'result-synthesised') continue;
      const { insights } = resultSchema.parse(fact.result);
      for (const { id } of insights) runInsights.set(id, '');
    }
  }
}

const resultSchema = z.object({ insights: z.array(z.object({ id: z.string() })) });

const learnedScores: ReadonlySet<string> = new Set([dealModel.name, churnModel.name]);

/**
 * The same without the scores that go by what models have learned. When an outcome is learned is an input, as a person's command:
 * a replay of the log gives the same, and another run of the same events need not.
 */
export function unlearned(outcome: Outcome): Outcome {
  const scores = [...outcome.scores].filter(([, text]) => {
    const { name }: { readonly name: string } = JSON.parse(text);
    return !learnedScores.has(name);
  });
  return { ...outcome, scores: new Map(scores) };
}

const versionOf = ({ alert }: AlertTransition) => `${alert.id} ${alert.version}`;

/** What one outcome has and the other has not, or has otherwise, in words; at most `most` of each kind. */
export function differences(a: Outcome, b: Outcome, [nameA, nameB]: readonly [string, string], most = 3): string[] {
  const kinds = ['events', 'scores', 'insights', 'alerts', 'deadLetters'] as const;
  return kinds.flatMap((kind) => {
    const keys = new Set([...a[kind].keys(), ...b[kind].keys()]);
    const differing = [...keys].filter((key) => a[kind].get(key) !== b[kind].get(key));
    const shown = differing.slice(0, most).map((key) => {
      const [one, other] = [a[kind].get(key) ?? 'nothing', b[kind].get(key) ?? 'nothing'];
      return `${kind} ${key}:\n  ${nameA}: ${excerpt(one, other)}\n  ${nameB}: ${excerpt(other, one)}`;
    });
    const more = differing.length - shown.length;
    return more > 0 ? [...shown, `${kind}: ${more} more differ between ${nameA} and ${nameB}`] : shown;
  });
}

/** The text from a little before it differs. */
function excerpt(text: string, other: string): string {
  let at = 0;
  while (at < text.length && text[at] === other[at]) at += 1;
  const from = Math.max(0, at - 120);
  return `${from > 0 ? '…' : ''}${text.slice(from, from + 480)}`;
}

/** The law from durable positions alone: one line for each stream the archive is not done with, or that does not add up. */
export async function unaccounted(log: Log): Promise<string[]> {
  const faults: string[] = [];
  for (const stream of archivedStreams) {
    const { lastSequence, messages } = await log.info(stream);
    const account = await accountOf(log, stream);
    const behind = lastSequence - account.position.sequence;
    // Agents may be at work to the end of a daemon: what they say then is archived by the next.
    if ((behind !== 0 && stream !== 'RUNS') || account.intent)
      faults.push(`${stream}: ${behind} messages are pending in the archive`);
    if (account.lostTotal > 0) faults.push(`${stream}: ${account.lostTotal} are lost to the archive`);
    if (stream !== 'EVENTS') continue;
    const counted = Object.values(account.counts).reduce((sum, { stored, dead }) => sum + stored + dead, 0);
    if (counted + account.skipped !== messages) {
      faults.push(
        `EVENTS holds ${messages} messages; stored and dead are ${counted}, and ${account.skipped} are timers or for models`,
      );
    }
  }
  return faults;
}

const accountSchema = z.object({
  position: z.object({ sequence: z.number() }),
  intent: z.unknown(),
  counts: z.record(z.string(), z.object({ stored: z.number(), dead: z.number() })),
  skipped: z.number(),
  lostTotal: z.number(),
});

async function accountOf(log: Log, stream: StreamName) {
  const found = await log.kv.get(`archive.${stream}`);
  return accountSchema.parse(JSON.parse(Buffer.from(found?.value ?? []).toString() || 'null'));
}

const atOnce = 1_000;

/** Every message of a stream, parsed; of EVENTS the events alone. */
export async function* jsonOf<T>(log: Log, stream: StreamName): AsyncGenerator<T> {
  const { lastSequence } = await log.info(stream);
  const reader = log.read(stream, { after: 0, maxMessages: atOnce });
  for (let reached = 0; reached < lastSequence;) {
    const batch = await reader.next();
    for (const { subject, data } of batch) {
      if (stream !== 'EVENTS' || subject.startsWith('weir.events.')) yield JSON.parse(Buffer.from(data).toString());
    }
    reached = batch.at(-1)?.sequence ?? lastSequence;
  }
  await reader.close();
}

/** Appends every message of EVENTS to a fresh log: subjects and bytes, in order. */
export async function copyEvents(from: Log, to: Log): Promise<number> {
  const { lastSequence } = await from.info('EVENTS');
  const reader = from.read('EVENTS', { after: 0, maxMessages: 500 });
  let copied = 0;
  while (copied < lastSequence) {
    const batch = await reader.next();
    // Started in their order, and a log keeps that.
    await Promise.all(batch.map(({ subject, data }) => to.append({ stream: 'EVENTS', subject, data })));
    copied += batch.length;
  }
  await reader.close();
  return copied;
}
