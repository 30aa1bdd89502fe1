import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp, type App } from '../../app.ts';
import { configOf } from '../../config/load.ts';
import { systemClock } from '../../core/clock.ts';
import { pino } from 'pino';
import { orgConfig, signingFor, simulatedSecrets } from '../../simulate/config.ts';
import { simulate, type Simulation } from '../../simulate/generate.ts';
import { outcomeOf, type Outcome } from '../../simulate/outcome.ts';
import { play, type PlayCounts } from '../../simulate/run.ts';
import { inTime, stopAsked, stoppedLate } from '../stopping.ts';
import { follow } from '../tail/follow.ts';
import { endingWith, type Ending } from './ending.ts';
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
  /** Whether all of the simulation was played; only then can all that is expected have come. */
  readonly played: boolean;
}

const usualPort = 8420;
/** How many events the weeks hold: enough for the planted stories to stand in ordinary life. */
const eventCount = 3_000;
/** Events a second where no time is given: weeks go by in a minute. */
const usualRate = 50;
/** The share of the given time the weeks are played in; the rest is for slow machines and what is still on its way. */
const playShare = 0.5;
/** A machine too slow for that gets so many times the time given: the story is told to its end. */
const patienceShare = 4;
const lookEveryMs = 100;

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
    if (!(await inTime(starting.then(() => app.stop())))) options.screen.said(stoppedLate);
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
  const within = (share: number): Ending =>
    endingWith([stopped, broken.signal], seconds === undefined ? undefined : seconds * share * 1_000);
  const [ends, patience] = [within(1), within(patienceShare)];
  try {
    screen.began(app.address, simulation);
    const counts = await playAll(app, simulation, port, options, patience.signal);
    if (!ends.signal.aborted) await watchUntil(ends.signal, app, screen, tally);
    const { law, scores } = await settle({
      clock: systemClock,
      figures: () => app.figures(),
      heard: () => tally.openings.length,
      told: (law, alerts) => screen.counts(law, alerts),
      sleep: (ms) => sleep(ms),
      stopped,
      broken: broken.signal,
    });
    const outcome = outcomeOf(simulation, tally.openings);
    return {
      summary: tally.summary(law, scores, (systemClock.now() - began) / 1_000, outcome),
      outcome,
      played: counts.sent >= simulation.count,
    };
  } finally {
    for (const each of [ends, patience]) each.release();
    hearing.abort();
    await listening;
  }
}

/** An organisation of its own for each run: a log that is kept has seen the same events in the last one. */
function simulationOf({ seed, scenario }: DemoOptions): Simulation {
  const end = systemClock.now();
  return simulate({ seed, scenario, end, count: eventCount, org: `demo-${Math.floor(end / 1_000).toString(36)}` });
}

async function makeApp(options: DemoOptions, { company }: Simulation): Promise<{ app: App; port: number }> {
  const { env, data } = options;
  const port = options.port ?? ((await isFree(usualPort)) ? usualPort : await freePort());
  const nats = env['NATS_URL'];
  const clickhouse = env['CLICKHOUSE_URL'];
  const config = configOf({
    ...orgConfig(company, simulatedSecrets()),
    http: { port },
    data,
    // Weeks go by in seconds: the clocks of quiet entities must not go by the wall's.
    pipeline: { idleTimers: false },
    ...(nats && { log: { url: nats } }),
    ...(clickhouse && { store: { url: clickhouse } }),
  });
  const app = createApp(config, { logger: pino({ level: 'warn' }, pino.destination({ fd: 2, sync: true })) });
  return { app, port };
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

/** The simulation is over; the daemon goes on until it is told to end. */
async function watchUntil(
  signal: AbortSignal,
  app: App,
  screen: Screen,
  tally: ReturnType<typeof createTally>,
): Promise<void> {
  screen.played(app.address);
  while (!signal.aborted) {
    await sleep(lookEveryMs);
    screen.counts((await app.figures()).law, tally.openings.length);
  }
}

function isFree(port: number): Promise<boolean> {
  return listenOn(port).then(
    () => true,
    () => false,
  );
}

const freePort = (): Promise<number> => listenOn(0);

/** The port it could listen on for a moment. */
function listenOn(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
