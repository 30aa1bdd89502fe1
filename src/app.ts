import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { asyncapi } from '../schemas/asyncapi.ts';
import { createAlerts } from './alerts/service.ts';
import { createAudit } from './audit/audit.ts';
import { auditedBy } from './audited.ts';
import { createAuthenticator } from './auth/tokens.ts';
import type { Config } from './config/schema.ts';
import { systemClock } from './core/clock.ts';
import { durationMs } from './core/duration.ts';
import { version } from './core/version.ts';
import { agentRoutes } from './http/routes/agents.ts';
import { alertRoutes } from './http/routes/alerts.ts';
import { deadLetterRoutes } from './http/routes/deadletters.ts';
import { eventRoutes } from './http/routes/events.ts';
import { homeRoutes } from './http/routes/home.ts';
import { modelRoutes } from './http/routes/models.ts';
import { operationsRoutes } from './http/routes/operations.ts';
import { queryRoutes } from './http/routes/query.ts';
import { runRoutes } from './http/routes/runs.ts';
import { scoreRoutes } from './http/routes/scores.ts';
import { webhookRoutes } from './http/routes/webhooks.ts';
import { mcpRoutes } from './mcp/server/routes.ts';
import { createBodiesInFlight } from './http/raw-body.ts';
import { listenAt } from './http/listen.ts';
import { buildServer } from './http/server.ts';
import { horizonsOf } from './intake/horizons.ts';
import { defaultIntakeLimits } from './intake/limits.ts';
import { createNatsIntake } from './intake/nats.ts';
import { createIntake } from './intake/receive.ts';
import { createSeen, defaultSeenPerOrg } from './intake/seen.ts';
import { createLifecycle } from './lifecycle.ts';
import { streamDefinitions } from './log/streams.ts';
import { createFigures, type Figures } from './observe/figures.ts';
import { createHappened } from './observe/happened.ts';
import { createHealth } from './observe/health.ts';
import { createLogger, type Logger } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import {
  archiveSettings,
  factsOf,
  kindsIn,
  openLog,
  openStore,
  pipelineSettings,
  orgsOf,
  pipelinesOf,
  publicUrlOf,
  pushLimits,
  queryLimits,
  sources,
} from './parts.ts';
import { createPipelineDeadLetters, inTurn } from './pipeline/dead-letters.ts';
import { createExamples } from './pipeline/examples.ts';
import { createPutBy } from './pipeline/put-by.ts';
import type { Effects } from './pipeline/effects.ts';
import { createModels } from './pipeline/model-service.ts';
import { createHub } from './push/hub.ts';
import { eventStreams } from './push/sse.ts';
import { alertSocket } from './push/websocket.ts';
import { modelsWith } from './models.ts';
import { createRuns } from './runs.ts';
import { openPipelineThreads } from './runtime/threads.ts';
import { createArchive } from './store/clickhouse/archive.ts';
import { createThreadedRewriter } from './store/clickhouse/rewriter/threaded.ts';
import { createAsking } from './store/query/ask.ts';
import { createScores } from './store/query/scores.ts';
import { putHelpersBehind } from './threads/priority.ts';
import { createFailure, watch, type FailingPart } from './watch.ts';

/** The daemon. */
export interface App {
  /** Resolves when it is ready. What fails half-way has undone itself. */
  start(): Promise<void>;
  /** Stops intake, finishes what is in flight, saves positions; in the middle of a start, that ends with an `AbortError`. */
  stop(): Promise<void>;
  /** Where it listens: `http://127.0.0.1:8420`. Known after `start`. */
  readonly address: string;
  /** Resolves with why, when it cannot go on by itself: fenced off, a broken log. */
  readonly failed: Promise<unknown>;
  /** The law and the scores of this process, as they are now. */
  figures(): Promise<Figures>;
}

export interface AppOptions {
  readonly logger?: Logger;
}

/** The composition root: every part is made here, in this order, and undone in the other. */
export function createApp(config: Config, options: AppOptions = {}): App {
  const { logger = createLogger({ pretty: process.stderr.isTTY }) } = options;
  const clock = systemClock;
  const lifecycle = createLifecycle();
  const { run, undoing, leaving } = lifecycle;
  const { failed, stoppedBy, stopping } = createFailure();
  let address = '';
  let figures: () => Promise<Figures> = () => Promise.reject(new Error('the app has not started'));

  async function make(): Promise<void> {
    const began = clock.now();
    const metrics = createMetrics({
      version,
      scrapeFailed: (reason) => logger.warn({ reason }, 'A figure is missing'),
    });
    const told = createHappened({ log: logger, metrics, clock });
    const counting = createFigures(told.intake, told.pipelines);
    const happened = { ...told, intake: counting.intake, pipelines: counting.pipelines };
    happened.daemon.starting({ version, ...factsOf(config) });
    let stoppingAt = began;
    undoing(async () => happened.daemon.stopped(clock.now() - stoppingAt));
    leaving.addEventListener('abort', () => {
      stoppingAt = clock.now();
      happened.daemon.stopping(stoppedBy() === undefined ? 'it was asked to' : 'it cannot go on');
    });

    const pipelines = await pipelinesOf(config);
    const authenticator = createAuthenticator({ auth: config.auth, clock });
    const { partitions, http } = config;
    const orgs = orgsOf(config);
    const orgNames = [...orgs.keys()];

    const log = await openLog(config, clock, happened, leaving);
    undoing(() => log.close());
    const audit = createAudit({ log, clock, happened: happened.audit });
    const audited = auditedBy(audit);
    const cannotGoOn = (part: FailingPart) => stopping(part, happened.daemon.failed);
    putHelpersBehind();
    // Before ClickHouse, which puts behind what starts after it.
    const runtime = openPipelineThreads({
      ...pipelineSettings(config),
      log,
      clock,
      happened: audited.settings(happened.pipelines),
      failed: cannotGoOn('pipelines'),
    });
    undoing(() => runtime.end());
    const store = openStore(config, happened);
    undoing(() => store.close());

    const alerts = createAlerts({
      log,
      clock,
      happened: happened.alerts,
      retentionMs: durationMs(config.retention.alertsMaxAge),
    });
    const rewriter = createThreadedRewriter();
    undoing(() => rewriter.close());
    const archive = await run(
      createArchive({ log, store, rewriter, clock, happened: happened.archive, ...archiveSettings(config) }),
    );
    await run(audit);
    const hub = await run(
      createHub({ log, clock, happened: happened.push, limits: pushLimits(config), failed: cannotGoOn('push') }),
    );
    const asking = createAsking({ store, limits: queryLimits(config) });
    const running = { config, log, asking, store, alerts, clock, happened };
    const runs = await run(
      createRuns({ ...running, orgs: orgNames, kinds: kindsIn(pipelines), failed: cannotGoOn('runs') }),
    );
    // Alerts wait for no other stream to have room.
    const putBy = (name: string, effects: Effects) =>
      run(createPutBy({ name, effects, log, happened: happened.pipelines, failed: cannotGoOn('pipelines') }));
    const tasks = await putBy('tasks', runs.effects);
    const letters = await putBy('letters', createPipelineDeadLetters(log));
    const effects = inTurn(alerts, tasks, letters, createExamples(log));
    await run({ name: 'pipelines', start: () => runtime.start(effects), stop: () => runtime.stop() });
    const seen = await run(
      createSeen({
        log,
        clock,
        path: join(config.data, 'seen'),
        horizonMs: horizonsOf(sources),
        maxPerOrg: defaultSeenPerOrg,
        happened: happened.intake,
      }),
    );
    const limits = { ...defaultIntakeLimits, bodyBytes: config.http.bodyLimit };
    const intake = createIntake({ log, seen, clock, sources, orgs, partitions, limits, happened: happened.intake });
    const bodies = { bodyBytes: limits.bodyBytes, inFlight: createBodiesInFlight(limits.bodiesInFlightBytes) };
    figures = await counting.begin({ log, archive, runtime });
    const health = createHealth();
    watch(health, happened, {
      log,
      archive,
      audit,
      seen,
      runtime,
      orgs: orgNames,
      entitiesMax: partitions * config.pipeline.maxEntities,
      names: pipelines.map(({ name }) => name),
      asking,
      figures,
      stoppedBy,
      streams: streamDefinitions(config.retention),
      hub,
      runs,
      bodies: bodies.inFlight,
    });
    const models = modelsWith(createModels({ log, views: runtime.models }), runs);
    const reading = { authenticator, orgs: orgNames };
    const routes: readonly FastifyPluginAsync[] = [
      webhookRoutes({ intake, clock, publicUrl: publicUrlOf(config), bodies }),
      eventRoutes({ intake, authenticator, clock, bodies }),
      alertRoutes({ log, alerts: audited.alerts(alerts), intake, board: hub, clock, ...reading }),
      alertSocket({ hub, runs: runs.push, clock, happened: happened.push, ...reading }),
      eventStreams({ hub, runs: runs.push, happened: happened.push, ...reading }),
      queryRoutes({ asking, ...(config.query.audited && { asked: audited.asked }), ...reading }),
      runRoutes({ ...runs, sessions: audited.sessions(runs.sessions), ...reading }),
      scoreRoutes({ scores: createScores(asking), ...reading }),
      modelRoutes({ models: audited.models(models), clock, ...reading }),
      agentRoutes({ ...runs, ...reading }),
      deadLetterRoutes({
        log,
        replay: audited.replay(async (letter) => ({ ...(await intake.replay(letter)) })),
        ...reading,
      }),
      mcpRoutes({ authenticator, version }),
      operationsRoutes({ authenticator, readiness: health.report, metrics: () => metrics.text() }),
      homeRoutes({ version, authenticator, readiness: health.report, facts: () => Object.entries(factsOf(config)) }),
    ];
    const server = await buildServer({
      http,
      version,
      open: !authenticator.required,
      routes,
      asyncapi: asyncapi(version),
      happened: happened.http,
    });
    undoing(() => server.close());
    address = await listenAt(server, http);
    // Last to start and first to stop, as the server: what they take in, the others work off.
    await run(
      createNatsIntake({ log, seen, clock, orgs: new Set(orgNames), partitions, limits, happened: happened.intake }),
    );
    happened.daemon.ready(address, clock.now() - began);
  }

  return {
    failed,
    get address() {
      return address;
    },
    start: () => lifecycle.start(make, (err) => logger.error({ err }, 'A part did not stop')),
    stop: () => lifecycle.stop(),
    figures: () => figures(),
  };
}
