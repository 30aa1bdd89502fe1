import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import type { TaskRequest } from '../../src/core/commit.ts';
import { messageBytesMax } from '../../src/log/limits.ts';
import { decodeEntry } from '../../src/orchestration/facts.ts';
import { defaultLimits } from '../../src/orchestration/run.ts';
import {
  noTrigger,
  triggered,
  triggerOf,
  type TriggerRule,
  type TriggerVerdict,
} from '../../src/orchestration/trigger.ts';
import { createTriggers } from '../../src/orchestration/triggers.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';

const hour = 3_600_000;
const noon = Date.parse('2026-03-02T12:00:00Z');
const clock = { now: () => noon };
const rule: TriggerRule = { settleMs: 0, cooldownMs: hour, perDay: 3 };

function aTask(id: string, more: Partial<TaskRequest> & { readonly minute?: number } = {}): TaskRequest {
  const { minute = 0, ...rest } = more;
  const time = new Date(noon + minute * 60_000).toISOString();
  const about = { org: 'acme', entity: 'account:a', pipeline: 'customer-health', rule: 'churn' };
  return { id, ...about, goal: 'find out why', context: {}, time, ...rest };
}

function triggersOn(log: MemoryLog, judged: string[] = []) {
  return createTriggers({
    log,
    clock,
    ruleOf: (task) => (task.rule === 'churn' ? rule : undefined),
    retentionMs: 30 * 24 * hour,
    happened: { taskJudged: (task, verdict) => void judged.push(`${task.id} ${verdict}`) },
  });
}

/** The ids of the tasks whose runs are on the log would be hashes; their times tell them apart. */
const startedOn = (log: MemoryLog) =>
  log
    .messagesOf('RUNS')
    .filter(({ subject }) => subject.startsWith('weir.runs.'))
    .flatMap(({ data }) => decodeEntry(data).facts)
    .map((fact) =>
      fact.fact === 'requested' ? `${fact.request.entity} ${fact.request.asOf.slice(11, 16)}` : fact.fact,
    );

describe('a task of a pipeline', () => {
  test('starts a run about the same, as of its own time', async () => {
    const log = createMemoryLog(clock);
    await triggersOn(log).apply({ tasks: [aTask('t1')] }, noon);
    expect(startedOn(log)).toEqual(['account:a 12:00']);
  });

  test('goes by what is set for its rule alone, and else by what is set for all', () => {
    const triggers = { churn: { cooldown: '1d', perDay: 2 }, outage: { settle: '0s' } };
    const { runs } = configSchema.parse({ runs: { cooldown: '6h', triggers } });
    expect(triggerOf(runs, 'churn')).toEqual({ settleMs: 5_000, cooldownMs: 24 * hour, perDay: 2 });
    expect(triggerOf(runs, 'outage')).toEqual({ settleMs: 0, cooldownMs: 6 * hour, perDay: 100 });
    for (const other of ['renewal', 'toString'])
      expect(triggerOf(runs, other)).toEqual({ settleMs: 5_000, cooldownMs: 6 * hour, perDay: 100 });
  });

  test('gives its run none of what agents alone come to, whatever its events said', async () => {
    const log = createMemoryLog(clock);
    const context = { because: 'a call', cleared: ['x'], proposals: ['x'], verdict: 'accept' };
    await triggersOn(log).apply({ tasks: [aTask('t1', { context })] }, noon);
    const message = log.messagesOf('RUNS').find(({ subject }) => subject.startsWith('weir.runs.'));
    const [fact] = message ? decodeEntry(message.data).facts : [];
    expect(fact?.fact === 'requested' && fact.request.context).toEqual({ because: 'a call' });
  });

  test('that no rule is for starts nothing', async () => {
    const log = createMemoryLog(clock);
    await triggersOn(log).apply({ tasks: [aTask('t1', { rule: 'other' })] }, noon);
    expect(log.messagesOf('RUNS')).toEqual([]);
  });

  test('a storm of a thousand about the same is one run', async () => {
    const log = createMemoryLog(clock);
    const storm = Array.from({ length: 1_000 }, (_, index) => aTask(`t${index}`, { minute: index / 100 }));
    const judged: string[] = [];
    await triggersOn(log, judged).apply({ tasks: storm }, noon);
    expect(startedOn(log)).toHaveLength(1);
    expect(judged.filter((each) => each.endsWith('cooling'))).toHaveLength(999);
  });

  test('a storm over many, who have one key, is one run', async () => {
    const log = createMemoryLog(clock);
    const about = (id: string, more: object) => aTask(id, { entity: `account:${id}`, ...more });
    const storm = Array.from({ length: 40 }, (_, index) => about(`t${index}`, { key: 'incident 7' }));
    await triggersOn(log).apply({ tasks: [...storm, about('other', { key: 'incident 8' }), about('none', {})] }, noon);
    expect(startedOn(log)).toEqual(['account:t0 12:00', 'account:other 12:00', 'account:none 12:00']);
  });

  test('starts another run about the same once the rule has cooled down', async () => {
    const log = createMemoryLog(clock);
    const triggers = triggersOn(log);
    await triggers.apply({ tasks: [aTask('t1'), aTask('t2', { minute: 59 }), aTask('t3', { minute: 60 })] }, noon);
    expect(startedOn(log)).toEqual(['account:a 12:00', 'account:a 13:00']);
  });

  test('starts no more runs than an organisation may have of a rule and day', async () => {
    const log = createMemoryLog(clock);
    const tasks = ['a', 'b', 'c', 'd', 'e'].map((name) => aTask(name, { entity: `account:${name}` }));
    await triggersOn(log).apply({ tasks }, noon);
    expect(startedOn(log)).toHaveLength(3);
    await triggersOn(log).apply({ tasks: [aTask('x', { org: 'beta' }), aTask('y', { minute: 24 * 60 })] }, noon);
    expect(startedOn(log)).toHaveLength(5);
  });

  test('of a day long past has the cap of a day, too: a backfill does not start a run for each', async () => {
    const log = createMemoryLog(clock);
    const day = 24 * 60;
    const recent = Array.from({ length: 8 }, (_, back) => aTask(`d${back}`, { minute: -back * day }));
    await triggersOn(log).apply({ tasks: recent.toReversed() }, noon);
    const before = startedOn(log).length;
    expect(before).toBe(8);
    const late = Array.from({ length: 20 }, (_, n) =>
      aTask(`late${n}`, { entity: `account:late${n}`, minute: -(20 + (n % 4)) * day }),
    );
    for (const task of late) await triggersOn(log).apply({ tasks: [task] }, noon);
    expect(startedOn(log).length - before).toBeLessThanOrEqual(rule.perDay);
    // Days that are remembered have their own.
    await triggersOn(log).apply({ tasks: [aTask('now', { entity: 'account:now', minute: 1 })] }, noon);
    expect(startedOn(log).at(-1)).toBe('account:now 12:01');
  });

  test('that comes again, with its commit or in a replay, starts nothing again', async () => {
    const log = createMemoryLog(clock);
    const commits = [
      [aTask('t1'), aTask('t2', { entity: 'account:b', minute: 1 })],
      [aTask('t3', { minute: 30 }), aTask('t4', { minute: 70 })],
    ];
    for (const tasks of commits) await triggersOn(log).apply({ tasks }, noon);
    const before = startedOn(log);
    expect(before).toHaveLength(3);
    // One daemon applies the last again after a start; another replays everything.
    for (const tasks of [...commits.slice(1), ...commits]) await triggersOn(log).apply({ tasks }, noon);
    expect(startedOn(log)).toEqual(before);
  });

  test('whose run was not started because the process died in between is started by whoever comes next', async () => {
    const log = createMemoryLog(clock);
    const dying = { ...log, append: (message: Parameters<MemoryLog['append']>[0]) => appendOrDie(log, message) };
    await expect(triggersOn(dying).apply({ tasks: [aTask('t1')] }, noon)).rejects.toThrow('died');
    expect(startedOn(log)).toEqual([]);
    await triggersOn(log).apply({ tasks: [aTask('t1')] }, noon);
    expect(startedOn(log)).toEqual(['account:a 12:00']);
  });

  test('starts a run however much there is to be told with it and with the others', async () => {
    const log = createMemoryLog(clock);
    const tasks = Array.from({ length: 3 }, (_, index) =>
      aTask(`t${index}`, { entity: `account:${index}`, context: { because: 'x'.repeat(400_000) } }),
    );
    await triggersOn(log).apply({ tasks }, noon);
    expect(startedOn(log)).toHaveLength(3);
    const largest = Math.max(...log.messagesOf('RUNS').map(({ data }) => data.length));
    expect(largest).toBeLessThan(messageBytesMax);
  });

  test('of a commit that is older than the log keeps runs starts nothing', async () => {
    const log = createMemoryLog(clock);
    const judged: string[] = [];
    await triggersOn(log, judged).apply({ tasks: [aTask('t1')] }, noon - 31 * 24 * hour);
    expect(judged).toEqual(['t1 forgotten']);
    expect(startedOn(log)).toEqual([]);
  });
});

test('two daemons that apply tasks of one rule at once keep to its cap together', async () => {
  const log = createMemoryLog(clock);
  const sides = ['left', 'right'].map((side) =>
    Array.from({ length: 5 }, (_, index) => aTask(`${side}${index}`, { entity: `account:${side}${index}` })),
  );
  await Promise.all(sides.map((tasks) => triggersOn(log).apply({ tasks }, noon)));
  expect(startedOn(log)).toHaveLength(3);
});

test('whatever tasks come: no key starts twice while it cools down, no day has too many, and again it is the same', () => {
  const tasks = fc
    .array(fc.record({ entity: fc.constantFrom('a', 'b', 'c'), minute: fc.integer({ min: 0, max: 3_000 }) }), {
      maxLength: 60,
    })
    .map((drawn) => drawn.map(({ entity, minute }, index) => aTask(`t${index}`, { entity, minute })));
  fc.assert(
    fc.property(tasks, (tasks) => {
      const judge = () => {
        let state = noTrigger;
        const verdicts: TriggerVerdict[] = [];
        for (const task of tasks) {
          const next = triggered(state, task, rule, defaultLimits);
          state = next.state;
          verdicts.push(next.verdict);
        }
        return { verdicts, started: state.started };
      };
      const { verdicts, started } = judge();
      expect(judge()).toEqual({ verdicts, started });
      for (const entity of ['a', 'b', 'c']) {
        const times = started.filter((each) => each.entity === entity).map(({ asOf }) => Date.parse(asOf));
        for (const [index, time] of times.slice(1).entries())
          expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(hour);
      }
      const days = new Map<string, number>();
      for (const { asOf } of started) days.set(asOf.slice(0, 10), (days.get(asOf.slice(0, 10)) ?? 0) + 1);
      expect(Math.max(0, ...days.values())).toBeLessThanOrEqual(rule.perDay);
    }),
  );
});

function appendOrDie(log: MemoryLog, message: Parameters<MemoryLog['append']>[0]): ReturnType<MemoryLog['append']> {
  return message.subject.startsWith('weir.runs.') ? Promise.reject(new Error('died')) : log.append(message);
}
