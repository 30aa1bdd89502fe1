import { companies, requestsOf } from './support/company.ts';
import { send } from './support/connections.ts';
import { createDaemon } from './support/daemon.ts';
import type { Measure } from './support/figure.ts';
import { inOwnProcess, type Runner } from './support/process.ts';
import { asBytes } from './support/webhooks.ts';

/** (f) Whether the daemon's memory stays flat under 500 events a second: a line through its heap after each collection. */
export const measureSoak: Measure = async ({ minutes, progress }) => {
  const seconds = minutes * 60;
  const load = await inOwnProcess(import.meta.url, createPlay, { seconds });
  const daemon = await inOwnProcess(
    new URL('support/daemon.js', import.meta.url).href,
    createDaemon,
    { kind: 'embedded' },
    ['--expose-gc'],
  );
  const { port } = await daemon.run('port');
  const began = performance.now();
  const samples: Sample[] = [];
  const playing = load.run({ port }).then(() => true);
  for (let over = false; !over;) {
    over = await Promise.race([playing, pause()]);
    const { heapMb, anonymousMb, scores } = await daemon.run('memory');
    const hours = (performance.now() - began) / 3_600_000;
    samples.push({ hours, heapMb, anonymousMb });
    progress(
      `soak: ${(hours * 60).toFixed(1)} of ${minutes} min, heap ${heapMb.toFixed(0)} MB, all ${anonymousMb.toFixed(0)} MB, ${scores} scores`,
    );
  }
  await Promise.all([load.stop(), daemon.stop()]);
  return [rowOf('heap', 'heapMb', samples, minutes), rowOf('all of it', 'anonymousMb', samples, minutes)];
};

const perSecond = 500;

const pause = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), sampleEveryMs));
const sampleEveryMs = 10_000;
/** Caches and windows fill first: this share of the time is not looked at. */
const warmShare = 1 / 3;
/** A drift of less, over the time that is looked at, is no drift: collections leave a little more or less each time. */
const flatShare = 0.1;

interface Sample {
  readonly hours: number;
  readonly heapMb: number;
  readonly anonymousMb: number;
}

function rowOf(of: string, name: 'heapMb' | 'anonymousMb', samples: readonly Sample[], minutes: number) {
  const warm = samples.slice(Math.floor(samples.length * warmShare));
  const { slope, level } = lineThrough(warm.map((sample) => [sample.hours, sample[name]]));
  const hours = (warm.at(-1)?.hours ?? 0) - (warm[0]?.hours ?? 0);
  return {
    what: `memory under ${perSecond} events/s for ${minutes} min, ${of}: growth over the last two thirds`,
    unit: '% of its level',
    weir: (100 * slope * hours) / level,
    target: { of: 'weir', below: 100 * flatShare } as const,
    note: `${slope.toFixed(1)} MB/h at ${level.toFixed(0)} MB`,
  };
}

/** The least squares; `level` is what the line has at its middle. */
function lineThrough(points: readonly (readonly [x: number, y: number])[]): { slope: number; level: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const level = mean(points.map(([, y]) => y));
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - level), 0);
  const below = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return { slope: above / below, level };
}

const connections = 32;
/** Events looked at to know how many come in one request. */
const sampled = 20_000;

/** Plays all that the companies' providers send: so many events a second, of which a request may hold several. */
export async function createPlay({
  seconds,
}: {
  readonly seconds: number;
}): Promise<Runner<{ readonly port: number }, void>> {
  const among = companies(seconds * perSecond);
  return {
    async run({ port }) {
      const { refused } = await send(bytes(), { port, connections, rate: perSecond * requestsPerEvent() });
      if (refused.count > 0) throw new Error(`${refused.count} were refused: ${refused.first}`);
    },
    stop: async () => undefined,
  };

  function requestsPerEvent(): number {
    let [requests, events] = [0, 0];
    for (const request of requestsOf(companies(sampled))) {
      requests += 1;
      events += request.events;
    }
    return requests / events;
  }

  function* bytes(): Generator<Buffer> {
    const end = performance.now() + seconds * 1_000;
    for (const request of requestsOf(among)) {
      if (performance.now() > end) return;
      yield asBytes(request.build(Date.now()));
    }
  }
}
