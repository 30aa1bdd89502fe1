import { afterEach, describe, expect, test } from 'vitest';
import { sessionSchema } from '../../schemas/run.ts';
import type { ServerMessage } from '../../schemas/push.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { decodeEntry, type Entry, type Fact } from '../../src/orchestration/facts.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { natsMissing } from '../support/nats.ts';
import { call, isOf, type Caller } from '../support/push.ts';
import { createStage, untilIdle, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const end = Date.UTC(2026, 5, 30);
/** One story: those of all others would have runs of their own, which the test's would wait for. */
const simulation = simulate({ seed: '7', scenario: 'payment-failures', count: 500, end });
const { org } = simulation.company;
const topics = ['runs', 'insights'] as const;

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** One who hears of runs and of insights, and goes on from the cursors of what was heard last. */
function createListener(url: string) {
  const before: ServerMessage[] = [];
  let caller: Caller | undefined;
  const heard = () => [...before, ...(caller?.messages ?? [])];
  const cursorOf = (topic: string) => heard().findLast((each) => 'cursor' in each && each.id === topic);
  return {
    heard,
    runs: () => heard().filter((each) => isOf(each, 'run')),
    insights: () => heard().filter((each) => isOf(each, 'insights')),
    async connect() {
      const froms = topics.map((topic) => ({ topic, from: cursorIn(cursorOf(topic)) }));
      caller = await call(`${url.replace('http', 'ws')}/ws`);
      for (const { topic, from } of froms) caller.send({ type: 'subscribe', id: topic, topic, org, from });
      for (const _ of topics) await caller.next('subscribed');
    },
    /** Resolves when it is cut off. */
    async cut() {
      await caller?.closed;
      before.push(...(caller?.messages ?? []));
      caller = undefined;
    },
  };
}

const cursorIn = (message: ServerMessage | undefined) =>
  message !== undefined && 'cursor' in message ? message.cursor : 'now';

async function askFor(stage: Stage, goal: string): Promise<string> {
  const answer = await fetch(`${stage.daemon.url}/api/v1/orchestration/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'financial', goal, asOf: new Date(end).toISOString() }),
  });
  return sessionSchema.parse(await answer.json()).id;
}

interface Stored extends Pick<Entry, 'facts'> {
  readonly run: string;
}

/** What the log has of all runs. */
async function storedIn(log: Log): Promise<readonly Stored[]> {
  const stored: Stored[] = [];
  const every = subjects.run(org, '*');
  for (let next = await log.next('RUNS', every, 0); next; next = await log.next('RUNS', every, next.sequence)) {
    stored.push({ run: next.subject.split('.')[3] ?? '', facts: decodeEntry(next.data).facts });
  }
  return stored;
}

const has = ({ facts }: { readonly facts: readonly { readonly fact: string }[] }, wanted: Fact['fact']) =>
  facts.some(({ fact }) => fact === wanted);

const missing = natsMissing();
const logs = ['embedded', ...(missing === undefined ? (['jetstream'] as const) : [])] as const;

describe.each(logs)('a subscriber to runs and insights, on the log %s', (log) => {
  test('hears all of every run exactly once, in order, though the daemon is killed within a run and between two', async () => {
    const stage = await createStage({ log, company: simulation.company, config: { runs: { settle: '1s' } } });
    undo.push(() => stage.dispose());
    await stage.daemon.start();
    const listener = createListener(stage.daemon.url);
    await listener.connect();
    const killed = async () => {
      await stage.daemon.kill();
      await listener.cut();
      await stage.daemon.start();
      await listener.connect();
    };
    const hears = (what: string, is: () => boolean) => Promise.race([until(what, is), stage.daemon.died]);
    const over = (run: string) => () =>
      listener.runs().some((each) => each.run === run && has(each, 'run-ended')) &&
      listener.insights().some((each) => each.run === run);
    await stage.play(simulation);
    await untilIdle(stage.daemon);

    const first = await askFor(stage, 'What is unusual?');
    await hears('it begins', () => listener.runs().some(({ run }) => run === first));
    await killed();
    await hears('the first run is over', over(first));
    await killed();
    const second = await askFor(stage, 'What is unusual, still?');
    await hears('the second run is over', over(second));

    await stage.daemon.stop();
    const stored = await stage.withLog(storedIn);
    const all = stored.slice(0, 1 + stored.findIndex((each) => each.run === second && has(each, 'run-ended')));
    const heard = listener.runs().map(({ run, facts }) => ({ run, facts }));
    expect(heard.slice(0, all.length)).toEqual(all);
    const results = all.filter((each) => has(each, 'result-synthesised')).map(({ run }) => run);
    expect(
      listener
        .insights()
        .map(({ run }) => run)
        .slice(0, results.length),
    ).toEqual(results);
    expect(new Set(results).size).toBe(results.length);
    expect(listener.heard().filter((each) => isOf(each, 'gap') || isOf(each, 'error'))).toEqual([]);
  }, 180_000);
});
