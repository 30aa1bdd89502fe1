import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../../app.ts';
import { systemClock } from '../../core/clock.ts';
import { signingFor, simulatedSecrets } from '../../simulate/config.ts';
import { simulate, type Simulation } from '../../simulate/generate.ts';
import { explainedBy, type StoryRuns } from '../../simulate/explained.ts';
import { outcomeOf, type Outcome } from '../../simulate/outcome.ts';
import { play, type PlayCounts } from '../../simulate/run.ts';
import { inTime, stopAsked, stoppedLate } from '../stopping.ts';
import { follow } from '../tail/follow.ts';
import { makeApp } from './daemon.ts';
import { endingWith, type Ending } from './ending.ts';
import { countsOf, createRunWatch, type EndedRun, type RunWatch } from './runs.ts';
import type { Screen } from './screen.ts';
import { settle } from './settle.ts';
import { createTally, type Summary } from './tally.ts';

export interface DemoOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly data: string;
  readonly seed: string;
  readonly scenario: string;
  /** How long it runs; absent: until `stopped`. */
  readonly seconds?: number;
  readonly port?: number;
  readonly stopped: AbortSignal;
  readonly screen: Screen;
}

export interface DemoResult {
  readonly summary: Summary;
  readonly outcome: Outcome;
  /** What the runs about each planted story came to. */
  readonly explained: readonly StoryRuns<EndedRun>[];
  /** Runs that had not ended when it was no longer waited for. */
  readonly underWay: number;
  /** Whether all of the simulation was played; only then can all that is expected have come. */
  readonly played: boolean;
}

/** How many events the weeks hold: enough for the planted stories to stand in ordinary life. */
const eventCount = 3_000;
/** Events a second where no time is given: weeks go by in a minute. */
const usualRate = 50;
/** The share of the given time the weeks are played in; the rest is for slow machines and what is still on its way. */
const playShare = 0.5;
/** A machine too slow for that gets so many times the time given: the story is told to its end. */
const patienceShare = 4;
const lookEveryMs = 100;
const runsEveryMs = 250;

/** Runs the demo and says what became of every event. Rejects with an `AbortError` when it is stopped before it has begun. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const simulation = simulationOf(options);
  const { app, port } = await makeApp(options, simulation);
  const starting = app.start();
  try {
    // A start may wait for a log that is full or away, and must be stoppable all the same.
    await Promise.race([starting, stopAsked(options.stopped)]);
    options.stopped.throwIfAborted();
    return await tell(app, port, simulation, options);
  } finally {
    if (!(await inTime(app.stop()))) options.screen.said(stoppedLate);
  }
}

/** Plays it to a daemon that runs, and waits for what comes of it. */
async function tell(app: App, port: number, simulation: Simulation, options: DemoOptions): Promise<DemoResult> {
  const { screen, stopped, seconds } = options;
  const began = systemClock.now();
  const tally = createTally();
  const hearing = new AbortController();
  const broken = new AbortController();
  void app.failed.then((why) => broken.abort(why));
  const listening = listen(app, tally, screen, simulation.company.org, hearing.signal).catch((why: unknown) =>
    broken.abort(why),
  );
  const runs = createRunWatch({
    get: (path) => getJson(app.address, path),
    began: (run) => screen.runBegan(run),
    ended: (run) => screen.runEnded(run),
  });
  const looking = lookOn(runs, hearing.signal).catch((why: unknown) => broken.abort(why));
  const within = (share: number): Ending =>
    endingWith([stopped, broken.signal], seconds === undefined ? undefined : seconds * share * 1_000);
  const [ends, patience] = [within(1), within(patienceShare)];
  try {
    screen.began(app.address, simulation);
    const counts = await playAll(app, simulation, port, options, patience.signal);
    if (!ends.signal.aborted) await watchUntil(ends.signal, app, screen, tally, runs);
    screen.said('waiting until all is stored and every run has ended');
    const { law, scores } = await settle({
      clock: systemClock,
      figures: () => app.figures(),
      heard: () => tally.openings.length,
      runs: () => runs.look(),
      told: (law, alerts, underWay) => screen.counts(law, alerts, underWay),
      sleep: (ms) => sleep(ms),
      stopped,
      broken: broken.signal,
    });
    const outcome = outcomeOf(simulation, tally.openings);
    const explained = explainedBy(simulation.causes, runs.ended);
    return {
      summary: tally.summary(
        law,
        scores,
        (systemClock.now() - began) / 1_000,
        outcome,
        countsOf(runs.ended, runs.underWay.length),
      ),
      outcome,
      explained,
      underWay: runs.underWay.length,
      played: counts.sent >= simulation.count,
    };
  } finally {
    for (const each of [ends, patience]) each.release();
    hearing.abort();
    await Promise.all([listening, looking]);
  }
}

/** An organisation of its own for each run: a log that is kept has seen the same events in the last one. */
function simulationOf({ seed, scenario }: DemoOptions): Simulation {
  const end = systemClock.now();
  return simulate({ seed, scenario, end, count: eventCount, org: `demo-${Math.floor(end / 1_000).toString(36)}` });
}

async function playAll(
  app: App,
  simulation: Simulation,
  port: number,
  { seconds, screen }: DemoOptions,
  signal: AbortSignal,
): Promise<PlayCounts> {
  const secrets = simulatedSecrets();
  const publicUrl = `http://127.0.0.1:${port}`;
  const signing = signingFor({ org: simulation.company.org, publicUrl, secrets });
  const rate = seconds === undefined ? usualRate : simulation.count / (seconds * playShare);
  return play(simulation.requests(signing), {
    url: app.address,
    clock: systemClock,
    rate,
    signal,
    onProgress: (counts) => screen.progress(counts, simulation.count),
  });
}

/** Hears the alerts as any subscriber would: over the WebSocket. */
async function listen(
  app: App,
  tally: ReturnType<typeof createTally>,
  screen: Screen,
  org: string,
  stopped: AbortSignal,
): Promise<void> {
  await follow({
    address: new URL(app.address),
    headers: {},
    filter: {},
    org,
    from: 'now',
    stopped,
    said: (text) => screen.said(text),
    told(message) {
      tally.heard(message, systemClock.now());
      screen.alert(message);
      return true;
    },
    reached: () => undefined,
  });
}

/** Sees runs begin and end while all else goes on. */
async function lookOn(runs: RunWatch, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await runs.look();
    await sleep(runsEveryMs);
  }
}

/** The simulation is over; the daemon goes on until it is told to end. */
async function watchUntil(
  signal: AbortSignal,
  app: App,
  screen: Screen,
  tally: ReturnType<typeof createTally>,
  runs: RunWatch,
): Promise<void> {
  screen.played(app.address);
  while (!signal.aborted) {
    await sleep(lookEveryMs);
    screen.counts((await app.figures()).law, tally.openings.length, runs.underWay.length);
  }
}

async function getJson(address: string, path: string): Promise<unknown> {
  const answer = await fetch(new URL(path, address));
  if (!answer.ok) throw new Error(`${path}: the daemon answers ${answer.status}`);
  return answer.json();
}
