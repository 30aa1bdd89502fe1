import { createEngine } from '../../../src/pipeline/engine.ts';
import type { FrozenEntity } from '../../../src/pipeline/frozen.ts';
import { createState } from '../../../src/pipeline/state.ts';
import { meanOf } from '../accuracy/metrics.ts';
import { eventsOnTheLog } from '../support/events.ts';
import { quantile } from '../support/alternate.ts';
import type { Measure } from '../support/figure.ts';
import { inOwnProcess, type Runner } from '../support/process.ts';
import { itsParts } from '../support/work-off.ts';
import { eventsIn } from './stream.ts';

const eventsMax = 60_000;
const bytesMax = 8_192;

/** What all pipelines together remember of an entity after four weeks, as it is written into a snapshot. */
export const measureEntities: Measure = async ({ scale, progress }) => {
  progress('state of an entity');
  const runner = await inOwnProcess(import.meta.url, createEntities, { events: Math.round(eventsMax * scale) });
  const { all, accounts } = await runner.run(null);
  await runner.stop();
  const what = 'state of an entity, all pipelines';
  const note = `as JSON in a snapshot, ${all.length} entities, ${accounts.length} of them accounts`;
  return [
    { what: `${what}, mean`, unit: 'bytes', weir: meanOf(all), note },
    { what: `${what}, p99`, unit: 'bytes', weir: quantile(all, 0.99), target: { of: 'weir', below: bytesMax } },
    { what: `${what}, accounts alone, mean`, unit: 'bytes', weir: meanOf(accounts) },
  ];
};

interface Weighed {
  readonly all: readonly number[];
  readonly accounts: readonly number[];
}

export async function createEntities({ events }: { readonly events: number }): Promise<Runner<null, Weighed>> {
  return {
    async run() {
      const entities = await entitiesAfter(events);
      const bytes = (of: readonly FrozenEntity[]) => of.map((entity) => Buffer.byteLength(JSON.stringify(entity)));
      return {
        all: bytes(entities),
        accounts: bytes(entities.filter(({ entity }) => entity.startsWith('account:'))),
      };
    },
    stop: async () => undefined,
  };
}

/** What is remembered of each entity after so many events of the simulated companies. */
export async function entitiesAfter(events: number): Promise<readonly FrozenEntity[]> {
  const { pipelines } = await itsParts();
  const store = createState();
  const engine = createEngine(pipelines, store);
  const all = eventsIn(await eventsOnTheLog(events));
  for (const [index, event] of all.entries()) {
    engine.event(event, index + 1);
    engine.take();
  }
  // As the daemon's timers do: who is quiet has come to the same moment, and waits for nothing that is over.
  const end = all.reduce((last, { time }) => (time > last ? time : last), '');
  for (const org of new Set(all.map((event) => event.org))) {
    engine.timer({ timer: `end of ${org}`, org, time: end }, all.length + 1, Date.parse(end));
  }
  const { buckets, take } = store.beginSnapshot({ all: true });
  return buckets.flatMap((bucket) => [...take(bucket)]);
}
