import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { redactUrl } from './config/redact.ts';
import { secretsOf, type Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import { durationMs } from './core/duration.ts';
import { WeirError } from './core/errors.ts';
import type { OrgSettings } from './core/settings.ts';
import type { Template } from './core/template.ts';
import { settingsFaults } from './config/settings.ts';
import { createAccountDirectory } from './intake/accounts.ts';
import type { IntakeOrg } from './intake/orgs.ts';
import type { Source } from './intake/source.ts';
import { createGong } from './intake/sources/gong.ts';
import { hubspot } from './intake/sources/hubspot.ts';
import { intercom } from './intake/sources/intercom.ts';
import { stripe } from './intake/sources/stripe.ts';
import { createEmbeddedLog } from './log/embedded.ts';
import { createJetStreamLog } from './log/jetstream.ts';
import type { Log } from './log/log.ts';
import { defaultWork, sizesOf, streamDefinitions } from './log/streams.ts';
import type { Happened } from './observe/happened.ts';
import { kindFaults } from './orchestration/kinds.ts';
import type { Pipeline } from './pipeline/define.ts';
import { builtInPipelines, pipelinesIn } from './pipeline/load.ts';
import { defaultLimits } from './pipeline/state.ts';
import { createClickHouseStore } from './store/clickhouse/client.ts';
import { createPatientStore, type PatientStore } from './store/clickhouse/patient.ts';

/** The vendors whose webhooks are known. */
export const sources: readonly Source[] = [createGong(), hubspot, intercom, stripe];

/** The log the configuration names: JetStream, or embedded in the data folder. Rejects with the reason of `leaving` where that is aborted before. */
export function openLog(
  { log, data, retention }: Config,
  clock: Clock,
  { log: happened }: Happened,
  leaving: AbortSignal,
): Promise<Log> {
  const definitions = streamDefinitions(retention);
  const sizes = sizesOf(retention);
  const work = { ...defaultWork, maxBytes: sizes.work };
  return log.url === undefined
    ? createEmbeddedLog({ path: join(data, 'log'), definitions, work, clock, happened })
    : createJetStreamLog({ url: log.url, definitions, work, sizes, happened, signal: leaving });
}

/** The store the configuration names: a ClickHouse server, or embedded in the data folder. It may be away for now. */
export function openStore({ store, data }: Config, { archive }: Happened): PatientStore {
  const { url } = store;
  return createPatientStore({
    kind: url === undefined ? 'embedded' : 'remote',
    open: () => createClickHouseStore(url === undefined ? { path: join(data, 'clickhouse') } : { url }),
    failed: (reason, retryMs) => archive.archiveDelayed('EVENTS', reason, retryMs),
  });
}

/**
 * The pipelines of the configured folder, or those that come with weir. Throws `pipeline-invalid` where one is none,
 * `config-invalid` where something is set that they have not.
 */
export async function pipelinesOf({
  pipelines: folder = builtInPipelines,
  orgs,
}: Config): Promise<readonly Pipeline[]> {
  const loaded = await pipelinesIn(folder);
  const unknown = settingsFaults({ orgs }, loaded).map(({ path, message }) => `${path.join('.')}: ${message}`);
  if (unknown.length > 0) throw new WeirError('config-invalid', unknown.join('\n'));
  const faults = kindFaults(kindsIn(loaded));
  if (faults.length > 0) throw new WeirError('pipeline-invalid', faults.join(' '));
  return loaded;
}

/** The kinds of runs that pipelines bring along. */
export const kindsIn = (pipelines: readonly Pipeline[]): readonly Template[] =>
  pipelines.flatMap(({ kinds = [] }) => kinds);

/** What intake has to know of each organisation. */
export function orgsOf({ orgs }: Config): ReadonlyMap<string, IntakeOrg> {
  return new Map(
    Object.entries(orgs).map(([name, org]): [string, IntakeOrg] => [
      name,
      {
        name,
        sources: new Map(
          Object.entries(org.sources).map(([source, settings]) => [
            source,
            { secrets: secretsOf(settings), unsigned: settings.unsigned },
          ]),
        ),
        accounts: createAccountDirectory(org.accounts),
        eventsPerSecond: org.rate,
      },
    ]),
  );
}

/** What the pipelines are run with. */
export const pipelineSettings = (config: Config) => ({
  folder: config.pipelines ?? builtInPipelines,
  partitions: config.partitions,
  threads: config.pipeline.threads,
  limits: { ...defaultLimits, maxEntities: config.pipeline.maxEntities },
  settings: { expireAfter: config.alerts.expireAfter },
  orgSettings: orgSettingsOf(config),
  snapshotEveryMs: durationMs(config.pipeline.snapshotEvery),
  snapshotEveryRecords: config.pipeline.snapshotEvents,
  idleTimers: config.pipeline.idleTimers,
});

/** What each organisation has set of weights and thresholds. */
function orgSettingsOf({ orgs }: Config): ReadonlyMap<string, OrgSettings> {
  return new Map(
    Object.entries(orgs).map(([name, { settings, segmentBy = null, segments }]) => [
      name,
      { settings, segmentBy, segments },
    ]),
  );
}

/** What an archive is made with, beside its parts: a name of its own, and its limits. */
export const archiveSettings = (config: Config) => ({ owner: randomUUID(), limits: archiveLimits(config) });

/** How long the archive waits for a batch to fill, and how large it may become. */
export const archiveLimits = ({ archive }: Config) => ({
  maxRows: archive.maxRows,
  maxAgeMs: durationMs(archive.maxAge),
});

/** Where providers know weir by: configured, or where it listens. */
export const publicUrlOf = ({ http }: Config): string =>
  (http.publicUrl ?? `http://${http.host}:${http.port}`).replace(/\/$/, '');

/** What one question may use. */
export const queryLimits = ({ query }: Config) => ({
  maxTimeMs: durationMs(query.maxTime),
  maxMemoryBytes: query.maxMemory,
  maxRows: query.maxRows,
  maxResultBytes: maxAnswerBytes,
  maxConcurrent: query.maxConcurrent,
});

/** An answer is held in memory whole before it is sent. */
const maxAnswerBytes = 64 * 1024 ** 2;

/** What subscribers may cost. */
export const pushLimits = ({ push }: Pick<Config, 'push'>) => ({
  connectionsMax: push.maxSubscribers,
  connectionsPerOrgMax: push.maxSubscribers,
  subscriptionsPerConnectionMax: push.maxSubscriptions,
  bufferedBytesMax: push.maxBuffered,
  ringMax: push.ring,
});

/** What runs, without passwords. */
export const factsOf = ({ log, store, http, data }: Config) => ({
  log: log.url === undefined ? `embedded (${data})` : redactUrl(log.url),
  store: store.url === undefined ? `embedded (${data})` : redactUrl(store.url),
  address: `http://${http.host}:${http.port}`,
});
