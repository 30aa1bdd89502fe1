import { afterEach, beforeEach } from 'vitest';
import feedback from '../../pipelines/feedback.ts';
import finance from '../../pipelines/finance.ts';
import hubspot from '../../pipelines/hubspot.ts';
import intercom from '../../pipelines/intercom.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import type { Log } from '../../src/log/log.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import { createExamples } from '../../src/pipeline/examples.ts';
import { createModels } from '../../src/pipeline/model-service.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { appendEvent, aRuntime, commitsOf } from '../support/runtime.ts';
import { until } from '../support/until.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5);
const clock = { now: () => start };

/** So many days after the first event. */
export const at = (onDay: number): string => new Date(start + onDay * day).toISOString();

/** For each test a log on the disk, and the pipelines that learn over it. */
export function learningDaemon() {
  let path: string;
  let log: Log;
  const open = () =>
    createEmbeddedLog({
      path,
      definitions: streamDefinitions(),
      clock,
      happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
    });
  beforeEach(async () => {
    path = newFolder();
    log = await open();
  });
  afterEach(async () => {
    await log.close();
    removeFolder(path);
  });

  /** The pipelines at work; `settled` when they are done with all there is. */
  async function working<T>(use: (given: ReturnType<typeof partsOn>) => Promise<T>): Promise<T> {
    const given = partsOn(log);
    await given.runtime.start();
    try {
      return await use(given);
    } finally {
      await given.runtime.stop();
    }
  }
  return {
    working,
    append: (event: StreamEvent) => appendEvent(log, event),
    commits: () => commitsOf(log),
    async reopen() {
      await log.close();
      log = await open();
    },
  };
}

function partsOn(log: Log) {
  const pipelines = [{ ...hubspot, scores: [] }, finance, intercom, feedback];
  const runtime = aRuntime({ log, pipelines, effects: createExamples(log), clock });
  const settled = () =>
    until(async () => {
      const { lastSequence } = await log.info('EVENTS');
      return runtime.reached().sequence === lastSequence && runtime.unapplied() === 0;
    });
  return { runtime, settled, models: createModels({ log, views: async (org) => runtime.models(org) }) };
}
