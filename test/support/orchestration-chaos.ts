import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/core/clock.ts';
import { idOf } from '../../src/core/ids.ts';
import { sfc32 } from '../../src/core/random.ts';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import type { Log } from '../../src/log/log.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import { decodeEntry } from '../../src/orchestration/facts.ts';
import { factOf, factsOf, fold, noRun } from '../../src/orchestration/fold.ts';
import type { Run } from '../../src/orchestration/run.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { aRequest, quick } from '../orchestration/support/reference.ts';
import { startNats, type TestNats } from './nats.ts';

export interface ChaosOptions {
  readonly runs: number;
  /** Share of attempts that fail. */
  readonly faults: number;
  /** Daemons killed, as a share of the runs. */
  readonly kills: number;
  readonly seed: string;
  onProgress?(text: string): void;
}

export interface ChaosReport {
  readonly figures: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const daemonsAtOnce = 2;
const inFlight = 200;
/** Without a run's end for so long something hangs. */
const silenceMs = 60_000;
const script = fileURLToPath(new URL('orchestration-daemon.ts', import.meta.url));

/**
 * Runs of five steps, of whose attempts a share fails, while daemons are killed and the log is restarted once; then looks whether each
 * ended, was completed or undone, and did each thing under its one key.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const began = performance.now();
  const root = mkdtempSync(join(tmpdir(), 'weir-chaos-'));
  const nats = await startNats({ dir: join(root, 'nats') });
  const effects = join(root, 'effects');
  for (let shard = 0; shard < 64; shard += 1) mkdirSync(join(effects, String(shard)), { recursive: true });
  const happened = { logDisconnected: () => undefined, logReconnected: () => undefined };
  const log = await createJetStreamLog({ url: nats.url, definitions: streamDefinitions(), happened });
  try {
    const { runs, kills } = await strike(options, log, nats, effects);
    const done = readdirSync(effects).flatMap((shard) => readdirSync(join(effects, shard)));
    return reportOf(options, runs, kills, new Set(done), (performance.now() - began) / 1_000);
  } finally {
    await log.close();
    await nats.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

async function strike(options: ChaosOptions, log: Log, nats: TestNats, effects: string) {
  const chance = sfc32(idOf('chaos', options.seed));
  const killsWanted = Math.round(options.runs * options.kills);
  let started = 0;
  const launch = async (): Promise<ChildProcess> => {
    started += 1;
    const args = [nats.url, effects, String(options.faults), String(inFlight), idOf(options.seed, String(started))];
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout) await once(child.stdout, 'data');
    return child;
  };
  const daemons = await Promise.all(Array.from({ length: daemonsAtOnce }, launch));
  const reader = log.read('RUNS', { after: 0, maxMessages: 512 });
  const requesting = request(log, options.runs);

  const runs = new Map<string, Run>();
  let ended = 0;
  let kills = 0;
  let restarted = false;
  while (ended < options.runs) {
    const messages = await reader.next({ waitMs: silenceMs });
    if (messages.length === 0) break;
    for (const { subject, data, sequence } of messages) {
      const entry = decodeEntry(data);
      runs.set(subject, fold(runs.get(subject) ?? noRun, entry, sequence));
      if (entry.facts.some(({ fact }) => fact === 'run-ended')) ended += 1;
    }
    const share = ended / options.runs;
    if (kills < killsWanted * share) {
      const index = Math.floor(chance() * daemons.length);
      const victim = daemons[index];
      victim?.kill('SIGKILL');
      daemons[index] = await launch();
      kills += 1;
      options.onProgress?.(`${ended} runs ended, ${kills} daemons killed`);
    }
    if (!restarted && share > 0.5) {
      restarted = true;
      await nats.restart();
    }
  }
  await requesting;
  await reader.close();
  for (const daemon of daemons) daemon.kill('SIGKILL');
  return { runs: [...runs.values()], kills };
}

/** Asks for all runs, again where the log was away. */
async function request(log: Log, count: number): Promise<void> {
  for (let index = 0; index < count; index += 50) {
    const ids = Array.from({ length: Math.min(50, count - index) }, (_, each) => `r${index + each}`);
    // An append that was answered with a failure may be in the log; it is known then.
    const ask = () => Promise.all(ids.map((id) => startRun(log, systemClock, aRequest(id, { limits: quick }))));
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const answered = await ask().catch(() => undefined);
      if (answered) break;
    }
  }
}

function reportOf(
  options: ChaosOptions,
  runs: readonly Run[],
  kills: number,
  done: ReadonlySet<string>,
  seconds: number,
): ChaosReport {
  const outcomes = runs.map((run) => factOf(run, 'run-ended')?.fact.outcome ?? 'none');
  const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
  const failed = options.runs - count('completed') - count('undone');
  const finished = runs.flatMap((run) => {
    const id = factOf(run, 'requested')?.fact.request.id ?? '';
    return factsOf(run, 'step-finished').map(({ fact }) => `${id}/${fact.step}`.replaceAll('/', '_'));
  });
  const undone = finished.filter((key) => !done.has(key));
  return {
    figures: {
      runs: options.runs,
      completed: count('completed'),
      undone: count('undone'),
      failed,
      steps: finished.length,
      attemptsFailed: runs.reduce((sum, run) => sum + factsOf(run, 'step-failed').length, 0),
      attemptsStarted: runs.reduce((sum, run) => sum + factsOf(run, 'step-started').length, 0),
      effects: done.size,
      daemonKills: kills,
      logRestarts: 1,
      seconds: Math.round(seconds),
    },
    faults: [
      ...(failed >= options.runs * 0.001 && failed > 0 ? [`${failed} of ${options.runs} runs failed`] : []),
      ...(new Set(finished).size < finished.length ? ['a step is finished twice'] : []),
      ...undone.slice(0, 10).map((key) => `${key} is said to be done, and is not`),
    ],
  };
}
