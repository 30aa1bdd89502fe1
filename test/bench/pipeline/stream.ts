import type { StreamEvent } from '../../../src/core/event.ts';
import type { NewMessage } from '../../../src/log/log.ts';
import { createEngine } from '../../../src/pipeline/engine.ts';
import { createState } from '../../../src/pipeline/state.ts';
import { timed } from '../accuracy/measure.ts';
import { alternate, median, medianRatio } from '../support/alternate.ts';
import { eventsOnTheLog } from '../support/events.ts';
import type { Measure } from '../support/figure.ts';
import { inOwnProcess, type Runner } from '../support/process.ts';
import { itsParts } from '../support/work-off.ts';

const eventsMax = 60_000;

type Who = 'weir' | 'bare';

/** All pipelines over the simulated stream on one core, without log and archive, beside a loop that only parses it. */
export const measureStream: Measure = async ({ rounds, scale, progress }) => {
  const what = 'all pipelines over the simulated stream, one core';
  const runner = await inOwnProcess(import.meta.url, createStream, { events: Math.round(eventsMax * scale) });
  const figures = await alternate<Who, number>(
    [
      ['weir', () => runner.run('weir')],
      ['bare', () => runner.run('bare')],
    ],
    { rounds },
    (text) => progress(`${what}: ${text}`),
  );
  await runner.stop();
  return [
    {
      what,
      unit: 'events/s',
      weir: median(figures('weir')),
      bare: { is: 'JSON.parse', value: median(figures('bare')) },
      ratio: medianRatio(figures('weir'), figures('bare')),
      note: 'parsed and scored; the whole spine: throughput',
    },
  ];
};

/** Events a second of processor time. */
export async function createStream({ events }: { readonly events: number }): Promise<Runner<Who, number>> {
  const messages = await eventsOnTheLog(events);
  const { pipelines } = await itsParts();
  return {
    async run(who) {
      const engine = createEngine(who === 'weir' ? pipelines : [], createState());
      let outputs = 0;
      const { microseconds } = timed(messages.length, () => {
        for (const [index, message] of messages.entries()) {
          const event = parsed(message);
          if (who === 'bare') continue;
          engine.event(event, index + 1);
          outputs += engine.take().scores.length;
        }
      });
      if (who === 'weir' && outputs === 0) throw new Error('the pipelines say nothing');
      return 1e6 / microseconds;
    },
    stop: async () => undefined,
  };
}

export const eventsIn = (messages: readonly NewMessage[]): readonly StreamEvent[] => messages.map(parsed);

function parsed({ data }: NewMessage): StreamEvent {
  const event: StreamEvent = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  return event;
}
