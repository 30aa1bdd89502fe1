import { filter, map, merge, share } from 'rxjs';
import type { ModelRecord, ReleaseCommand } from '../../src/core/model.ts';
import type { Score } from '../../src/core/score.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent } from '../../src/pipeline/define.ts';
import { createExamples } from '../../src/pipeline/examples.ts';
import { judged } from '../../src/pipeline/operators/judged.ts';
import type { Model } from '../../src/scoring/model.ts';
import { appendEvent, aRuntime, commitsOf } from '../support/runtime.ts';
import { until } from '../support/until.ts';

export const clock = { now: () => Date.UTC(2026, 5, 1) };

const start = Date.UTC(2026, 0, 1);

const hour = 3_600_000;

/** Knows how often it was told yes, and in which order it was told what. */
type Share = { readonly yes: number; readonly all: number; readonly order: string };

export const shareModel: Model<Share, { readonly yes: boolean; readonly of: string }> = {
  name: 'share',
  description: 'how often it was yes',
  version: 1,
  initial: { yes: 1, all: 2, order: '' },
  learn({ yes, all, order }, example) {
    if (example.of === 'broken') throw new Error('cannot learn from that');
    return { yes: yes + (example.yes ? 1 : 0), all: all + 1, order: `${order} ${example.of}`.slice(-2_000) };
  },
  show: ({ yes, all }) => ({
    outcomes: { positive: yes - 1, negative: all - yes - 1 },
    calibration: [],
    weights: [],
    driftAlarms: 0,
  }),
};

/** Scores what is asked by the share, and tells the model what came of it. */
export const shares = definePipeline({
  name: 'shares',
  version: 1,
  description: 'for a test',
  streams: ['custom'],
  makes: ['share'],
  models: [shareModel],
  run: (input, state) => {
    const events = input.pipe(filter(isEvent), share());
    return merge(
      events.pipe(
        judged(
          state,
          shareModel,
          ({ yes, all }) => ({
            name: 'share',
            version: 1,
            range: '0 … 1',
            initial: null,
            score: (eventId: string) => ({
              state: null,
              figure: {
                value: yes / all,
                confidence: 1,
                contributions: [{ name: 'average case', weight: 1, value: yes / all, eventId, quote: null }],
              },
            }),
          }),
          { seen: ({ id }) => id },
        ),
      ),
      events.pipe(
        filter(({ type }) => type === 'custom.told'),
        map(({ id, data }) => ({
          output: 'example' as const,
          model: 'share',
          example: { yes: data['yes'] === true, of: data['broken'] === true ? 'broken' : id },
        })),
      ),
    );
  },
});

export const asked = (entity: string, index: number) =>
  event({ type: 'custom.asked', stream: 'custom', entity, time: timeAt(index), id: `ask ${entity} ${index}` });

export const told = (entity: string, index: number, data: { readonly [name: string]: boolean } = { yes: true }) =>
  event({ type: 'custom.told', stream: 'custom', entity, time: timeAt(index), id: `tell ${entity} ${index}`, data });

const timeAt = (index: number): string => new Date(start + index * hour).toISOString();

export type Options = Partial<Parameters<typeof aRuntime>[0]>;

/** A daemon on a log. `settled` resolves when it is done with all there is, and what came of that, too. */
export function daemon(log: Log, options: Options = {}) {
  let failed: unknown;
  const runtime = aRuntime({
    log,
    pipelines: [shares],
    effects: createExamples(log),
    clock,
    failed: (error) => {
      failed = error;
    },
    ...options,
  });
  const settled = async (memory: Pick<Log, 'info'> = log) => {
    await until(async () => {
      const { lastSequence } = await memory.info('EVENTS');
      const settled = runtime.reached().sequence === lastSequence && runtime.unapplied() === 0;
      return (failed !== undefined || settled) && (await memory.info('EVENTS')).lastSequence === lastSequence;
    });
  };
  return { ...runtime, settled, share: () => runtime.models('acme').find(({ name }) => name === 'share') };
}

export const command = (log: Log, given: Pick<ReleaseCommand, 'version'>) => {
  const record: ModelRecord = {
    record: 'release',
    org: 'acme',
    model: 'share',
    by: 'ada',
    why: 'for a test',
    at: timeAt(0),
    ...given,
  };
  return log.append({ stream: 'EVENTS', subject: subjects.models('acme'), data: Buffer.from(JSON.stringify(record)) });
};

export const scoresIn = async (log: Log): Promise<readonly Score[]> =>
  (await commitsOf(log)).flatMap(({ scores }) => scores);

export const accounts = ['account:a', 'account:b', 'account:c', 'account:d', 'account:e'];

export const accountAt = (index: number): string => accounts[index % accounts.length] ?? '';

export async function tell(log: Log, from: number, howMany: number): Promise<void> {
  for (let index = from; index < from + howMany; index++) await appendEvent(log, told(accountAt(index), index));
}
