import { filter, map } from 'rxjs';
import type { StreamEvent } from '../../src/core/event.ts';
import type { Score } from '../../src/core/score.ts';
import type { OrgSettings } from '../../src/core/settings.ts';
import type { Log } from '../../src/log/log.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent } from '../../src/pipeline/define.ts';
import { setting, settingsOf } from '../../src/pipeline/define-settings.ts';
import { tunedBy } from '../../src/pipeline/operators/tuned.ts';
import { aRuntime, commitsOf } from '../support/runtime.ts';
import { until } from '../support/until.ts';

export const clock = { now: () => Date.UTC(2026, 5, 1) };

const unit = '1';

export const settings = settingsOf(
  {
    askedWeight: setting({ default: 1, min: 0, max: 10, unit, about: 'how much being asked counts' }),
    lower: setting({ default: 1, min: 0, max: 9, unit, about: 'not more than `upper`' }),
    upper: setting({ default: 2, min: 0, max: 9, unit, about: 'not less than `lower`' }),
  },
  { rising: [['lower', 'upper']] },
);

/** Says of every event how much it weighs. */
export const weighing = definePipeline({
  name: 'weighing',
  version: 1,
  description: 'for a test',
  streams: ['custom', 'hubspot'],
  makes: ['weight'],
  settings,
  run: (input, state) => {
    const tuned = tunedBy(state, settings);
    return input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'custom.asked'),
      map(
        tuned(({ askedWeight }, { id }: StreamEvent) => ({
          output: 'score' as const,
          name: 'weight',
          subject: null,
          value: askedWeight,
          confidence: 1,
          contributions: [{ name: 'asked', weight: askedWeight, value: 1, eventId: id, quote: null }],
        })),
      ),
    );
  },
});

export const timeAt = (hour: number): string => new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000).toISOString();

export const asked = (entity: string, hour: number) =>
  event({ type: 'custom.asked', stream: 'custom', entity, time: timeAt(hour), id: `ask ${entity} ${hour}` });

export const set = (askedWeight: number, more: Partial<OrgSettings> = {}): ReadonlyMap<string, OrgSettings> =>
  new Map([['acme', { settings: { weighing: { askedWeight } }, segmentBy: null, segments: {}, ...more }]]);

/** Runs a daemon until it is done with all there is on the log. */
export async function work(log: Log, orgSettings?: ReadonlyMap<string, OrgSettings>): Promise<void> {
  let failed: unknown;
  const runtime = aRuntime({
    log,
    pipelines: [weighing],
    clock,
    ...(orgSettings && { orgSettings }),
    failed: (error) => {
      failed = error;
    },
  });
  await runtime.start();
  await until(async () => {
    const { lastSequence } = await log.info('EVENTS');
    return failed !== undefined || (runtime.reached().sequence === lastSequence && runtime.unapplied() === 0);
  });
  await runtime.stop();
  if (failed) throw failed;
}

export const scoresIn = async (log: Log): Promise<readonly Score[]> =>
  (await commitsOf(log)).flatMap(({ scores }) => scores);

export const weightsIn = async (log: Log) =>
  (await scoresIn(log)).map(({ value, settings: under }) => [value, under?.version ?? 'as shipped']);
