import { isIP } from 'node:net';
import { z } from 'zod';
import { rights } from '../auth/identity.ts';
import { defaultRetention } from '../log/streams.ts';
import { mcpSchema } from '../mcp/config.ts';
import { modelsSchema } from '../providers/config.ts';
import { option } from './about.ts';
import { runs } from './runs.ts';
import { bytes, count, duration, name, secret, secretOf, url } from './values.ts';

const source = z.strictObject({
  secret: option(secret.exactOptional(), 'What the provider signs with.', { secret: true }),
  secrets: option(
    z.array(secret).min(1).max(2).exactOptional(),
    'Two at once, while one takes the place of the other.',
    {
      secret: true,
    },
  ),
  unsigned: option(z.boolean().default(false), 'Takes what nobody signed. Write it down to mean it.'),
});

const settings = () => z.record(z.string(), z.record(z.string(), z.number())).default({});

const segment = z.strictObject({
  accounts: option(
    z.array(z.string().min(1).max(200)).max(100_000).default([]),
    'Accounts that are in it, whatever the CRM says.',
  ),
  settings: option(settings(), 'As `orgs.<org>.settings`, for its accounts, in place of those.', {
    each: 'pipeline',
  }),
});

const org = z.strictObject({
  sources: option(z.record(name, source).default({}), 'The sources that may send: `gong`, `hubspot`, …', {
    each: 'source',
  }),
  rate: option(z.number().positive().default(2_000), 'Events a second it may send; beyond it 429.'),
  accounts: option(
    z.record(z.string().min(1).max(200), z.array(z.string().min(3).max(256)).max(1_000)).default({}),
    'Accounts with their aliases (`domain:brightloom.io`, `hubspot:company:55`), here or as `file:accounts.yaml`.',
    { each: 'account' },
  ),
  settings: option(settings(), 'Weights and thresholds, by pipeline and name: [settings.md](settings.md).', {
    each: 'pipeline',
  }),
  segmentBy: option(
    z.string().min(1).max(100).exactOptional(),
    'Property of companies in HubSpot that names their segment, such as `plan`.',
  ),
  segments: option(
    z.record(z.string().min(1).max(100), segment).default({}),
    'Segments of accounts for which other settings hold: `enterprise`, … The CRM may write them in other cases.',
    { each: 'segment' },
  ),
});

const token = z.strictObject({
  token: option(secretOf('token', 16), 'The token itself.', { secret: true }),
  subject: option(z.string().min(1).max(200), 'Who has it; named where they act.'),
  org: option(z.union([z.literal('*'), name], 'expected an organisation or *'), 'The organisation, or `*` for all.'),
  roles: option(
    z.array(z.string().min(1)).default([]),
    'Which roles’ alerts are seen and heard of; none: all. Queries and runs of agents show the whole organisation.',
  ),
  rights: option(
    z.array(z.enum(rights)).default([...rights]),
    '`push` events, `read` alerts, queries and runs of agents, `act` on them: take and judge alerts, ask for runs, cancel and approve them.',
  ),
});

const http = z.strictObject({
  host: option(z.string().min(1).default('127.0.0.1'), 'Address to listen on.'),
  port: option(z.int().min(0).max(65_535).default(8420), 'Port to listen on; 0 takes a free one.'),
  publicUrl: option(
    url(/^https?:$/, 'an http or https address').exactOptional(),
    'Address the providers know weir by; some sign it.',
    { without: '`http://<host>:<port>`' },
  ),
  bodyLimit: option(bytes.default(5 * 1024 ** 2), 'Largest request body; beyond it 413.'),
  headerLimit: option(bytes.default(16 * 1024), 'Largest request head; beyond it 431.'),
  requestTimeout: option(duration.default('15s'), 'A request has to be here whole by then, or 408.'),
  maxConnections: option(count.default(10_000), 'Connections at once; further ones are closed.'),
});

const log = z.strictObject({
  url: option(
    url(/^(nats|tls|wss?):$/, 'a NATS address such as nats://localhost:4222').exactOptional(),
    'NATS with JetStream.',
    { env: 'NATS_URL', without: 'none: the embedded log' },
  ),
});

const store = z.strictObject({
  url: option(
    url(/^https?:$/, 'a ClickHouse address such as http://localhost:8123').exactOptional(),
    'ClickHouse over HTTP, with user and password in it.',
    { env: 'CLICKHOUSE_URL', without: 'none: the embedded ClickHouse' },
  ),
});

const retention = z.strictObject({
  maxBytes: option(
    bytes.default(defaultRetention.maxBytes),
    'All of the log; JetStream reserves it. What is not set below is a share of it.',
  ),
  eventsMaxAge: option(duration.default(defaultRetention.eventsMaxAge), 'Events leave the log then.'),
  eventsMaxBytes: option(bytes.exactOptional(), 'At this size the log refuses events with 503.', {
    without: 'a third',
  }),
  signalsMaxAge: option(duration.default(defaultRetention.signalsMaxAge), 'Commits leave the log then.'),
  signalsMaxBytes: option(bytes.exactOptional(), 'At this size the pipelines wait; give it as much as the events.', {
    without: 'a third',
  }),
  alertsMaxAge: option(
    duration.default(defaultRetention.alertsMaxAge),
    'Alert transitions leave the log then; longer than `alerts.expireAfter`.',
  ),
  runsMaxAge: option(
    duration.default(defaultRetention.runsMaxAge),
    'Facts of runs leave the log then; longer than a run can take.',
  ),
  deadLettersMaxAge: option(duration.default(defaultRetention.deadLettersMaxAge), 'Dead letters leave the log then.'),
  auditMaxAge: option(duration.default(defaultRetention.auditMaxAge), 'Entries of the audit leave the log then.'),
  othersMaxBytes: option(bytes.exactOptional(), 'Size of every other stream.', { without: 'a 24th' }),
});

/** What `pipeline.maxEntities` is unless somebody says otherwise; the pipelines' own default, too. */
export const defaultMaxEntities = 1_000_000;

const pipeline = z.strictObject({
  idleTimers: option(
    z.boolean().default(true),
    'Clocks of quiet entities go on with the time of day. Off for replays and simulations.',
  ),
  maxEntities: option(
    count.default(defaultMaxEntities),
    'Entities a partition remembers; the quietest is forgotten beyond it.',
  ),
  snapshotEvery: option(duration.default('30s'), 'Time between snapshots of the state.'),
  threads: option(count.max(64).default(2), 'Threads that share the partitions among them; each remembers its own.'),
  snapshotEvents: option(count.default(50_000), 'Events between snapshots of the state.'),
});

const archive = z.strictObject({
  maxRows: option(count.default(20_000), 'Rows of one insert.'),
  maxAge: option(duration.default('1s'), 'Longest wait before rows are inserted.'),
});

const query = z.strictObject({
  maxTime: option(duration.default('30s'), 'A query is stopped after that.'),
  maxMemory: option(bytes.default(1024 ** 3), 'Memory of one query.'),
  maxRows: option(count.default(1_000_000), 'Rows of one answer.'),
  maxConcurrent: option(count.default(8), 'Queries at once; further ones get 503.'),
  audited: option(z.boolean().default(false), 'Each question is in the audit, too: who asked it, and its text.'),
});

const push = z.strictObject({
  maxSubscribers: option(count.default(10_000), 'Connections that hear alerts at once.'),
  maxSubscriptions: option(count.default(32), 'Subscriptions of one connection.'),
  maxBuffered: option(bytes.default(1024 ** 2), 'What a subscriber may leave unread; beyond it the log serves it.'),
  ring: option(count.default(10_000), 'Recent transitions kept in memory.'),
});

const alerts = z.strictObject({
  expireAfter: option(duration.default('14d'), 'An alert that nobody repeats is resolved then.'),
});

const auth = z.strictObject({
  tokens: option(
    z.array(token).max(10_000).default([]),
    'Bearer tokens. Without any, weir listens on loopback alone.',
    { env: 'WEIR_TOKENS' },
  ),
  jwks: option(
    z.string().refine(isKeySet, 'expected an https address (or http on loopback) or a file: reference').exactOptional(),
    'Keys that JSON Web Tokens are signed with: an address or `file:keys.json`. Claims: `sub`, `org`, `roles`, `rights`.',
    { env: 'WEIR_JWKS' },
  ),
  issuer: option(z.string().min(1).exactOptional(), 'What `iss` of a JSON Web Token must be.'),
  audience: option(z.string().min(1).exactOptional(), 'What `aud` of a JSON Web Token must hold.'),
});

/**
 * P Every option, declared once: its type and check, its default, what it means, its name in the environment, and whether
 * it is a secret. `docs/configuration.md`, `weir start --help`, the environment and the findings of `weir check` are read from here.
 */
export const configSchema = z.strictObject({
  http: http.prefault({}),
  data: option(z.string().min(1).default('./data'), 'Folder of the embedded log and store.', { path: true }),
  log: log.prefault({}),
  store: store.prefault({}),
  partitions: option(count.max(1_024).default(8), 'Parts the work is divided into. Fixed once a log is made.'),
  retention: retention.prefault({}),
  pipelines: option(z.string().min(1).exactOptional(), 'Folder of pipelines.', {
    path: true,
    without: 'those that come with weir',
  }),
  pipeline: pipeline.prefault({}),
  archive: archive.prefault({}),
  query: query.prefault({}),
  push: push.prefault({}),
  alerts: alerts.prefault({}),
  runs: runs.prefault({}),
  mcp: mcpSchema({ option, duration, bytes }).prefault({}),
  models: modelsSchema({ option, duration }).prefault({}),
  auth: auth.prefault({}),
  orgs: option(z.record(name, org).default({}), 'The organisations.', { each: 'org' }),
});

export type Config = z.output<typeof configSchema>;
/** A configuration as it is written: everything may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
export type OrgConfig = Config['orgs'][string];
export type SourceConfig = OrgConfig['sources'][string];

/** The secrets of a source: none, one, or two while one takes the place of the other. */
export function secretsOf({ secret, secrets = [] }: SourceConfig): readonly string[] {
  return secret === undefined ? secrets : [secret, ...secrets];
}

/** Whether only this machine can reach what listens on that address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function isKeySet(value: string): boolean {
  if (value.startsWith('file:')) return true;
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
