import { filter, ignoreElements, map, Subject } from 'rxjs';
import type { StreamEvent } from '../../../src/core/event.ts';
import { definePipeline } from '../../../src/pipeline/define.ts';
import { createEngine } from '../../../src/pipeline/engine.ts';
import { thawed } from '../../../src/pipeline/frozen.ts';
import { createState } from '../../../src/pipeline/state.ts';
import { timed } from '../accuracy/measure.ts';
import { alternate, median, medianRatio } from '../support/alternate.ts';
import type { Measure, Row } from '../support/figure.ts';
import { inOwnProcess, type Runner } from '../support/process.ts';
import { eventsFor, operatorKinds } from './operator-kinds.ts';

const entities = 100;
/** Half an hour of each entity at a time, and one event more: so windows, patterns and absences are open when state is weighed. */
const halfHours = 20;
const eventsOf = (scale: number): number => entities * (30 * Math.max(1, Math.round(halfHours * scale)) + 1);

interface Asked {
  readonly name: string;
  readonly who: 'weir' | 'bare';
}

interface Told {
  readonly perSecond: number;
  /** Of weir alone: what a key takes in a snapshot, bytes. */
  readonly bytesPerKey: number;
}

/** Each kind of operator in the runtime on one core, beside an observable and a Map that do the same; and its state. */
export const measureOperators: Measure = async ({ rounds, scale, progress }) => {
  const runner = await inOwnProcess(import.meta.url, createOperators, {
    events: eventsOf(scale),
  });
  const rows: Row[] = [];
  const bytes: { readonly name: string; readonly bytesPerKey: number }[] = [];
  for (const { name } of operatorKinds) {
    const figures = await alternate(
      [
        ['weir', () => runner.run({ name, who: 'weir' })],
        ['bare', () => runner.run({ name, who: 'bare' })],
      ],
      { rounds },
      (text) => progress(`${name}: ${text}`),
    );
    const speeds = (who: Asked['who']) => figures(who).map(({ perSecond }) => perSecond);
    rows.push({
      what: `operator on one core, ${name}`,
      unit: 'events/s',
      weir: median(speeds('weir')),
      bare: { is: 'RxJS Subject and a Map that is changed in place', value: median(speeds('bare')) },
      ratio: medianRatio(speeds('weir'), speeds('bare')),
    });
    bytes.push({ name, bytesPerKey: median(figures('weir').map(({ bytesPerKey }) => bytesPerKey)) });
  }
  await runner.stop();
  const states = bytes.map(({ name, bytesPerKey }) => ({
    what: `state of a key, ${name}`,
    unit: 'bytes',
    weir: bytesPerKey,
    note: 'as JSON in a snapshot, the mean',
  }));
  return [...rows, ...states];
};

export async function createOperators({ events }: { readonly events: number }): Promise<Runner<Asked, Told>> {
  const all = eventsFor(events, entities);
  return {
    async run({ name, who }) {
      const kind = operatorKinds.find((each) => each.name === name);
      if (!kind) throw new RangeError(`there is no operator ${name}`);
      if (who === 'bare') return { perSecond: bareSpeed(kind.bare(), all), bytesPerKey: 0 };
      const pipeline = definePipeline({
        name: 'measured',
        version: 1,
        description: 'The operator that is measured',
        streams: ['custom'],
        // What is made of its outputs is not the operator's.
        run: (input, state) => kind.over(input, state).pipe(ignoreElements()),
      });
      const store = createState();
      const engine = createEngine([pipeline], store);
      const { microseconds } = timed(all.length, () => {
        for (const [index, event] of all.entries()) engine.event(event, index + 1);
      });
      if (engine.take().dead.length > 0) throw new Error(`${name} failed`);
      return { perSecond: 1e6 / microseconds, bytesPerKey: bytesPerKeyIn(store) };
    },
    stop: async () => undefined,
  };
}

function bareSpeed(step: ReturnType<(typeof operatorKinds)[number]['bare']>, all: readonly StreamEvent[]): number {
  const input = new Subject<StreamEvent>();
  let said = 0;
  const subscription = input
    .pipe(
      map((event) => step(event, Date.parse(event.time))),
      filter((output) => output !== undefined),
    )
    .subscribe(() => {
      said += 1;
    });
  const { microseconds } = timed(all.length, () => {
    for (const event of all) input.next(event);
  });
  subscription.unsubscribe();
  if (said === 0) throw new Error('the bare loop says nothing');
  return 1e6 / microseconds;
}

function bytesPerKeyIn(store: ReturnType<typeof createState>): number {
  const { buckets, take } = store.beginSnapshot({ all: true });
  const cells = buckets.flatMap((bucket) => [...take(bucket)]).map((entity) => entity.cells);
  const bytes = cells.reduce((sum, own) => sum + Buffer.byteLength(JSON.stringify(own)), 0);
  return bytes / Math.max(1, cells.flatMap(thawed).length);
}
