/** A thread of `threaded.ts`: the pipelines of some partitions, with the log and the effects of the process that started it. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../core/clock.ts';
import { createRemoteLog } from '../log/remote.ts';
import type { PipelineHappenings } from '../pipeline/happenings.ts';
import { pipelinesIn } from '../pipeline/load.ts';
import type { Effects } from '../pipeline/effects.ts';
import { createPipelines, type PipelineRuntime } from '../pipeline/run.ts';
import { openChannel, type Channel } from '../threads/channel.ts';
import { stepBehind } from '../threads/priority.ts';
import { allowTypeScript } from '../threads/typescript.ts';
import type { Given, ProcessCalls, ThreadCalls } from './calls.ts';
import { memoryOf } from './memory.ts';
import { createProgress } from './progress.ts';

if (!parentPort) throw new Error('This is the entry of a thread: see threaded.ts.');
/** Where processors are short, of two that want the same one the door gets three quarters: what it has taken in is worked off later. */
const behindTheDoor = 5;
stepBehind(behindTheDoor);
const given: Given = workerData;
let runtime: PipelineRuntime | undefined;

const calls: ThreadCalls = {
  async start(writer) {
    await allowTypeScript(given.folder);
    runtime = createPipelines({
      ...given,
      log,
      writer,
      pipelines: await pipelinesIn(given.folder),
      effects: { apply: async (said, ...where) => (isEmpty(said) ? undefined : main.apply(said, ...where)) },
      clock: systemClock,
      happened: { ...tellingTo(main), ...progress.happened },
      failed(error) {
        progress.flush();
        void main.failed.asEvent(error);
      },
    });
    await runtime.start();
  },
  async stop() {
    await runtime?.stop();
    progress.flush();
  },
  async stands() {
    progress.flush();
    const reached = runtime?.reached() ?? { created: '', sequence: 0, storedAt: 0 };
    return { reached, unapplied: runtime?.unapplied() ?? 0, entities: runtime?.entities() ?? 0 };
  },
  models: async (org) => runtime?.models(org) ?? [],
  held: async (org) => runtime?.held(org) ?? [],
  claim: async () => runtime?.claim(),
};
const main = openChannel<ProcessCalls, ThreadCalls>(parentPort, calls, {
  memoryOf,
  // Uncaught, it ends the thread, and the process is told why.
  broken(error) {
    throw error;
  },
});
const log = createRemoteLog(given.logKind, main);
const progress = createProgress((gathered) => void main.progressed.asEvent(gathered));

/** Of most commits nothing follows. */
const isEmpty = ({ alertObservations, tasks, examples, dead }: Parameters<Effects['apply']>[0]): boolean =>
  alertObservations.length + tasks.length + examples.length + dead.length === 0;

/** Nothing waits for what is told. What cannot be told ends the thread, and that is told. */
function tellingTo(
  main: Channel<ProcessCalls, ThreadCalls>,
): Omit<PipelineHappenings, 'committed' | 'pipelinesReached'> {
  return {
    snapshotWritten: (...told) => void main.snapshotWritten.asEvent(...told),
    snapshotFailed: (...told) => void main.snapshotFailed.asEvent(...told),
    snapshotPassedBy: (...told) => void main.snapshotPassedBy.asEvent(...told),
    pipelineBegunAnew: (...told) => void main.pipelineBegunAnew.asEvent(...told),
    modelBegunAnew: (...told) => void main.modelBegunAnew.asEvent(...told),
    positionRejected: (...told) => void main.positionRejected.asEvent(...told),
    eventsLost: (...told) => void main.eventsLost.asEvent(...told),
    entitiesForgotten: (...told) => void main.entitiesForgotten.asEvent(...told),
    memoryForgotten: (...told) => void main.memoryForgotten.asEvent(...told),
    fenced: (...told) => void main.fenced.asEvent(...told),
    retrying: (...told) => void main.retrying.asEvent(...told),
    settingsChanged: (...told) => void main.settingsChanged.asEvent(...told),
  };
}
