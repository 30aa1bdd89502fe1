import { join } from 'node:path';
import type { Log } from '../../src/log/log.ts';
import { simulate, type Simulation } from '../../src/simulate/generate.ts';
import type { PlayCounts } from '../../src/simulate/run.ts';
import { copyEvents, differences, outcomeOf, unaccounted, unlearned, type Outcome } from './outcome.ts';
import { createStage, untilIdle, type Stage } from './stage.ts';
import { storedIn, unstored } from './stored.ts';
import { createStriker, planStrikes } from './strikes.ts';

export interface KillOptions {
  readonly log: Log['kind'];
  readonly events: number;
  readonly daemonKills: number;
  /** For JetStream alone. */
  readonly serverKills: number;
  readonly seed: string;
  readonly onProgress?: (text: string) => void;
}

export interface KillReport {
  readonly figures: Readonly<Record<string, number>>;
  /** What is not as it would be had nobody killed anything, in words. */
  readonly faults: readonly string[];
}

/** Event time all simulations end at; in the past, and the same for every run. */
const end = Date.UTC(2026, 5, 30);
/** Share of requests that a provider sends twice. */
const repeats = 0.02;
/** Snapshots and inserts often, so that kills fall in the middle of them. */
const config = { pipeline: { snapshotEvery: '1s' }, archive: { maxAge: '200ms' } } as const;

/**
 * The kill test. Plays a simulation while the daemon, and on JetStream the server, are killed at random moments of the seed.
 * Then holds what came of it against a replay of its own events in a fresh daemon, against a run that was left alone, against
 * ClickHouse, and against the law.
 */
export async function runKillTest(options: KillOptions): Promise<KillReport> {
  const began = performance.now();
  const simulation = simulate({ seed: options.seed, scenario: 'all', count: options.events, end, repeats });
  const said = (text: string) => options.onProgress?.(text);

  const killed = await withStage(options, simulation, async (stage) => {
    const played = await playThroughKills(stage, simulation, options);
    const settled = await settle(stage);
    said(`killed: ${settled.outcome.transitions.size} transitions`);
    const stored = await storedIn({ path: join(stage.daemon.data, 'clickhouse') });
    const replayed = await withStage(options, simulation, (fresh) => replay(stage, fresh));
    said(`replayed: ${replayed.outcome.transitions.size} transitions`);
    return { ...played, ...settled, stored, replayed };
  });
  const control = await withStage(options, simulation, (stage) => leaveAlone(stage, simulation));
  said(`left alone: ${control.outcome.transitions.size} transitions`);

  const { outcome, counts, acknowledged, stored } = killed;
  return {
    figures: {
      events: outcome.events.size,
      requests: counts.requests,
      attemptsBeyondTheFirst: counts.retried,
      duplicatesAnswered: counts.duplicates,
      daemonKills: killed.struck.daemon,
      ofThemWhileStarting: killed.struck.starting,
      serverKills: killed.struck.server,
      insertsRepeated: killed.repeated,
      scores: outcome.scores.size,
      insights: outcome.insights.size,
      alerts: stored.tables.alerts.length,
      transitions: outcome.transitions.size,
      clickhouseRows: Object.values(stored.tables).reduce((sum, { length }) => sum + length, 0),
      clickhouseCopiesHidden: stored.rows - Object.values(stored.tables).reduce((sum, { length }) => sum + length, 0),
      secondsKilled: killed.seconds,
      secondsControl: control.seconds,
      secondsInAll: secondsSince(began),
    },
    faults: [
      ...answeredBadly('killed', counts, simulation),
      ...answeredBadly('control', control.counts, simulation),
      ...[...acknowledged]
        .filter((id) => !outcome.events.has(id))
        .map((id) => `${id} was answered 202 and is not there`),
      ...outcome.twice.map((what) => `twice in the log: ${what}`),
      ...killed.faults,
      ...killed.replayed.faults.map((fault) => `replayed: ${fault}`),
      ...control.faults.map((fault) => `control: ${fault}`),
      ...differences(outcome, killed.replayed.outcome, ['killed', 'replayed']),
      ...differences(unlearned(outcome), unlearned(control.outcome), ['killed', 'left alone']),
      ...unstored(stored, outcome),
    ],
  };
}

async function withStage<T>(
  { log }: KillOptions,
  { company }: Simulation,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const stage = await createStage({ log, company, config });
  try {
    return await use(stage);
  } finally {
    await stage.dispose();
  }
}

async function playThroughKills(stage: Stage, simulation: Simulation, options: KillOptions) {
  const began = performance.now();
  const acknowledged = new Set<string>();
  const striker = createStriker(stage, planStrikes(options), options.onProgress);
  await stage.daemon.start();
  const playing = stage.play(simulation, {
    onAnswer(request, sent) {
      if (sent.kind === 'taken') for (const id of sent.ids) acknowledged.add(id);
      striker.answered(request.events);
    },
  });
  const counts = await Promise.race([playing, striker.failed]);
  const struck = await striker.finish();
  const { lines } = stage.daemon;
  const repeated = lines.filter(({ msg }) => msg === 'What was being inserted is inserted again').length;
  return { counts, acknowledged, struck, repeated, seconds: secondsSince(began) };
}

async function leaveAlone(stage: Stage, simulation: Simulation) {
  const began = performance.now();
  await stage.daemon.start();
  const counts = await stage.play(simulation);
  return { counts, ...(await settle(stage)), seconds: secondsSince(began) };
}

/** The events of one stage's log, from the start, in a daemon that has never seen them. */
async function replay(from: Stage, fresh: Stage) {
  await from.withLog((source) => fresh.withLog((target) => copyEvents(source, target)));
  await fresh.daemon.start();
  return settle(fresh);
}

const roundsMax = 5;

/** Lets the daemon finish, stops it, and reads what it has come to. */
async function settle(stage: Stage): Promise<{ readonly outcome: Outcome; readonly faults: readonly string[] }> {
  const { daemon } = stage;
  for (let round = 1; ; round += 1) {
    await untilIdle(daemon);
    const unlawful = lawless(await daemon.metrics());
    const code = await daemon.stop();
    const { outcome, pending } = await stage.withLog(async (log) => ({
      outcome: await outcomeOf(log),
      pending: await unaccounted(log),
    }));
    // What the pipelines commit while they stop is archived at the next start.
    if (pending.length === 0 || round === roundsMax) {
      return {
        outcome,
        faults: [...unlawful, ...pending, ...(code === 0 ? [] : [`SIGTERM ended the daemon with ${code}`])],
      };
    }
    await daemon.start();
  }
}

/** Where a daemon's own law does not hold. */
function lawless(metrics: ReadonlyMap<string, number>): string[] {
  const term = (name: string) => metrics.get(`weir_law_events{term="${name}"}`) ?? Number.NaN;
  const sum = (...names: readonly string[]) => names.reduce((total, name) => total + term(name), 0);
  const faults: string[] = [];
  if (sum('received') !== sum('ignored', 'rejected', 'accepted')) {
    faults.push('received is not ignored + rejected + accepted');
  }
  if (sum('accepted') !== sum('stored', 'duplicates', 'dead', 'pending', 'lost')) {
    faults.push('accepted is not stored + duplicates + dead + pending + lost');
  }
  if (sum('pending', 'lost') !== 0) faults.push(`pending is ${term('pending')}, lost ${term('lost')}`);
  return faults;
}

function answeredBadly(name: string, counts: PlayCounts, { count }: Simulation): string[] {
  const { accepted, duplicates, rejected, unanswered, deadLettered, ignored, sent, refusals } = counts;
  const faults = refusals.map((refusal) => `${name}: ${refusal}`);
  if (rejected + unanswered + deadLettered + ignored > 0) {
    faults.push(`${name}: of ${sent} events ${rejected} were refused, ${unanswered} unanswered, ${deadLettered} dead`);
  }
  if (accepted + duplicates !== sent || sent < count)
    faults.push(`${name}: ${accepted} + ${duplicates} of ${sent} taken`);
  return faults;
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 100) / 10;
}
