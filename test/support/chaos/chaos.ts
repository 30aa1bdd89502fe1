import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { idOf } from '../../../src/core/ids.ts';
import { sfc32 } from '../../../src/core/random.ts';
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
  const root = mkdtempSync(join(tmpdir(), 'weir-chaos-'));
  const effects = join(root, 'effects');
  makeEffects(effects);
  const { runs, faults, seed } = options;
  const common = { effects, faults, inFlight, runs, seedOf: (start: number) => idOf(seed, String(start)) };
  const stand = await (options.log === 'jetstream' ? standOnJetStream : standOnEmbedded)(root, common);
  try {
    const kills = await strike(options, stand);
    const seconds = Math.round((performance.now() - began) / 1_000);
    const report = reportOf(runs, await runsIn(await stand.end()), effectsIn(effects));
    return { ...report, figures: { ...report.figures, daemonKills: kills, logRestarts: 1, seconds } };
  } finally {
    await stand.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Spread over the runs: a kill for each share of them that ended, the log in the middle. */
async function strike({ runs, kills, seed, onProgress }: ChaosOptions, stand: Stand): Promise<number> {
  const chance = sfc32(idOf('chaos', seed));
  const killsWanted = Math.round(runs * kills);
  let killed = 0;
  let restarted = false;
  let ended = 0;
  let endedAt = performance.now();
  while (ended < runs) {
    const now = stand.progress().ended;
    if (now > ended) endedAt = performance.now();
    ended = now;
    if (performance.now() - endedAt > silenceMs) break;
    const share = ended / runs;
    if (killed < Math.floor(killsWanted * share)) {
      await stand.kill(chance());
      killed += 1;
      endedAt = performance.now();
      onProgress?.(`${ended} of ${runs} runs ended, ${killed} daemons killed`);
    }
    if (!restarted && share > 0.5) {
      restarted = true;
      await stand.restartLog();
      onProgress?.(`${ended} of ${runs} runs ended, the log was restarted`);
    }
    await sleep(lookEveryMs);
  }
  return killed;
}
