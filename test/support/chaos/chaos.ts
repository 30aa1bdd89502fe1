import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { idOf } from '../../../src/core/ids.ts';
import { sfc32 } from '../../../src/core/random.ts';
import { newFolder, removeFolder } from '../folder.ts';
import { effectsIn, makeEffects } from './effects.ts';
import { reportOf, runsIn, type ChaosReport } from './report.ts';
import { standOnEmbedded, standOnJetStream, type Stand } from './stand.ts';

export interface ChaosOptions {
  readonly log: 'jetstream' | 'embedded';
  readonly runs: number;
  /** Share of attempts that fail. */
  readonly faults: number;
  /** Daemons killed, as a share of the runs. */
  readonly kills: number;
  readonly seed: string;
  onProgress?(text: string): void;
}

const inFlight = 200;
/** Without a run's end for so long something hangs. */
const silenceMs = 60_000;
const lookEveryMs = 50;

/**
 * Runs of five steps, of whose attempts a share fails, while daemons are killed and the log is restarted once; then looks whether each
 * ended, was completed or undone, and did each thing under its one key.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const began = performance.now();
  const root = newFolder();
  const effects = join(root, 'effects');
  makeEffects(effects);
  const { runs, faults, seed } = options;
  const common = { effects, faults, inFlight, runs, seedOf: (start: number) => idOf(seed, String(start)) };
  const stand = await (options.log === 'jetstream' ? standOnJetStream : standOnEmbedded)(root, common);
  try {
    const struck = await strike(options, stand);
    const seconds = Math.round((performance.now() - began) / 1_000);
    const report = reportOf(runs, await runsIn(await stand.end()), effectsIn(effects));
    return {
      ...report,
      figures: { ...report.figures, ...struck, seconds },
      faults: [...tooFew(options, struck), ...report.faults],
    };
  } finally {
    await stand.close();
    removeFolder(root);
  }
}

interface Struck {
  readonly daemonKills: number;
  readonly logRestarts: number;
}

const killsWantedOf = ({ runs, kills }: ChaosOptions) => Math.round(runs * kills);

/** Where less was struck than asked for, what became of the runs says too little. */
function tooFew(options: ChaosOptions, { daemonKills, logRestarts }: Struck): readonly string[] {
  const wanted = killsWantedOf(options);
  return [
    ...(daemonKills < wanted ? [`the test killed ${daemonKills} daemons, and ${wanted} were to be killed`] : []),
    ...(logRestarts === 0 ? ['the test did not restart the log'] : []),
  ];
}

/**
 * Kills spread over the runs, the last of them while there are runs left, and the log in the middle. Nobody waits for a daemon's start: while
 * more kills are due, whoever comes to work is killed, and so no runs end that the kills would miss.
 */
async function strike(options: ChaosOptions, stand: Stand): Promise<Struck> {
  const { runs, seed, onProgress } = options;
  const chance = sfc32(idOf('chaos', seed));
  const killsWanted = killsWantedOf(options);
  let daemonKills = 0;
  let logRestarts = 0;
  let ended = 0;
  let endedAt = performance.now();
  while (ended < runs) {
    const now = stand.progress().ended;
    if (now > ended) endedAt = performance.now();
    ended = now;
    if (performance.now() - endedAt > silenceMs) break;
    const share = ended / runs;
    const due = Math.min(killsWanted, Math.floor((killsWanted + 1) * share));
    if (daemonKills < due && stand.kill(chance())) {
      daemonKills += 1;
      endedAt = performance.now();
      onProgress?.(`${ended} of ${runs} runs ended, ${daemonKills} daemons killed`);
    }
    if (logRestarts === 0 && share > 0.5) {
      await stand.restartLog();
      logRestarts = 1;
      onProgress?.(`${ended} of ${runs} runs ended, the log was restarted`);
    }
    await sleep(lookEveryMs);
  }
  return { daemonKills, logRestarts };
}
