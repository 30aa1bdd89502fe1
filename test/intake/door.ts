import type { FastifyInstance } from 'fastify';
import type { Authenticator, Identity } from '../../src/auth/identity.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { Clock } from '../../src/core/clock.ts';
import { WeirError } from '../../src/core/errors.ts';
import { createBodiesInFlight } from '../../src/http/raw-body.ts';
import { eventRoutes } from '../../src/http/routes/events.ts';
import { webhookRoutes } from '../../src/http/routes/webhooks.ts';
import { buildServer } from '../../src/http/server.ts';
import { nothing, type IntakeHappenings, type Tally } from '../../src/intake/happenings.ts';
import { defaultIntakeLimits, type IntakeLimits } from '../../src/intake/limits.ts';
import type { IntakeOrg, IntakeSource } from '../../src/intake/orgs.ts';
import { createIntake, type Intake } from '../../src/intake/receive.ts';
import type { AccountDirectory } from '../../src/intake/source.ts';
import { createGong } from '../../src/intake/sources/gong.ts';
import { hubspot } from '../../src/intake/sources/hubspot.ts';
import { intercom } from '../../src/intake/sources/intercom.ts';
import { stripe } from '../../src/intake/sources/stripe.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';

export const sources = [createGong(), hubspot, intercom, stripe];

export const secrets = {
  stripe: 'whsec_of_the_test',
  intercom: 'intercom-client-secret',
  hubspot: 'hubspot-client-secret',
  gong: 'key:a-long-random-key',
} as const;

export const publicUrl = 'https://weir.example';

/** A clock that is set by hand. */
export interface HandClock extends Clock {
  set(now: number): void;
  pass(ms: number): void;
}

export function aClock(start = Date.UTC(2026, 1, 1)): HandClock {
  let now = start;
  return {
    now: () => now,
    set: (to) => {
      now = to;
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

export const nobody: AccountDirectory = { find: () => undefined };

export function directory(accounts: Readonly<Record<string, readonly string[]>>): AccountDirectory {
  return {
    find: (alias) => Object.entries(accounts).find(([, claimed]) => claimed.includes(alias))?.[0],
  };
}

/** What happened, kept for the test to look at. */
export interface Witness extends IntakeHappenings {
  readonly tallies: { org: string; origin: string; tally: Tally }[];
  readonly refusals: string[];
  readonly words: string[];
  /** All tallies added up. */
  total(): Tally;
}

export function aWitness(): Witness {
  const tallies: Witness['tallies'] = [];
  const refusals: string[] = [];
  const words: string[] = [];
  return {
    tallies,
    refusals,
    words,
    total: () => {
      const total = { ...nothing };
      for (const { tally } of tallies) {
        total.received += tally.received;
        total.ignored += tally.ignored;
        total.rejected += tally.rejected;
        total.unacknowledged += tally.unacknowledged;
        total.stored += tally.stored;
        total.duplicates += tally.duplicates;
        total.dead += tally.dead;
      }
      return total;
    },
    eventsReceived: (org, origin, tally) => void tallies.push({ org, origin, tally }),
    requestRefused: (_, __, code) => void refusals.push(code),
    timeClamped: (origin) => void words.push(`clamped ${origin}`),
    deadLettered: ({ source, detail }) => void words.push(`dead ${source} ${detail}`),
    seenRebuilt: (reason) => void words.push(`rebuilt ${reason}`),
    seenSize: () => undefined,
    seenEvicted: (org, ids) => void words.push(`evicted ${org} ${ids}`),
    seenFailed: (reason) => void words.push(`failed ${reason}`),
    intakeDelayed: (code) => void words.push(`delayed ${code}`),
  };
}

export interface Door {
  readonly server: FastifyInstance;
  readonly intake: Intake;
  readonly log: MemoryLog;
  readonly clock: HandClock;
  readonly witness: Witness;
  readonly seen: { ready: boolean; readonly ids: Set<string> };
  /** Bytes of the bodies being received or worked on. */
  bodiesInFlight(): number;
}

export interface DoorOptions {
  readonly limits?: Partial<IntakeLimits>;
  readonly eventsPerSecond?: number;
  readonly accounts?: AccountDirectory;
  readonly sources?: Readonly<Record<string, IntakeSource>>;
}

/** The whole door behind the real server, on a log in memory. Org `acme` has all sources; `other` is another org. */
export async function aDoor({
  limits,
  eventsPerSecond = 1_000,
  accounts = nobody,
  ...rest
}: DoorOptions = {}): Promise<Door> {
  const clock = aClock();
  const log = createMemoryLog(clock);
  const witness = aWitness();
  const seen = { ready: true, ids: new Set<string>() };
  const signed = Object.entries(secrets).map(
    ([name, secret]) => [name, { secrets: [secret], unsigned: false }] as const,
  );
  const named = Object.entries(rest.sources ?? {});
  const acme: IntakeOrg = { name: 'acme', sources: new Map([...signed, ...named]), accounts, eventsPerSecond };
  const other: IntakeOrg = { name: 'other', sources: new Map(), accounts: nobody, eventsPerSecond };
  const bounds = { ...defaultIntakeLimits, ...limits };
  const intake = createIntake({
    log,
    clock,
    sources,
    orgs: new Map([acme, other].map((org) => [org.name, org])),
    partitions: 8,
    limits: bounds,
    happened: witness,
    seen: { has: (id) => seen.ids.has(id), ready: () => seen.ready },
  });
  const bodies = { bodyBytes: bounds.bodyBytes, inFlight: createBodiesInFlight(bounds.bodiesInFlightBytes) };
  const server = await buildServer({
    http: configSchema.parse({}).http,
    version: '0.0.0',
    open: false,
    asyncapi: {},
    happened: {
      requestAnswered: () => undefined,
      requestFailed: ({ error }) => fail(error),
      connectionRefused: () => undefined,
    },
    routes: [
      webhookRoutes({ intake, clock, publicUrl, bodies }),
      eventRoutes({ intake, authenticator: tokens, clock, bodies }),
    ],
  });
  return { server, intake, log, clock, witness, seen, bodiesInFlight: () => bodies.inFlight.bytes };
}

const identities: Readonly<Record<string, Identity>> = {
  'Bearer of-acme': { subject: 'pusher', org: 'acme', roles: [], rights: ['push'] },
  'Bearer of-other': { subject: 'stranger', org: 'other', roles: [], rights: ['push'] },
  'Bearer judge': { subject: 'judge', org: 'acme', roles: [], rights: ['push', 'act'] },
  'Bearer finance': { subject: 'finance', org: 'acme', roles: ['finance'], rights: ['push', 'act'] },
  'Bearer reader': { subject: 'reader', org: 'acme', roles: [], rights: ['read'] },
  'Bearer operator': { subject: 'operator', org: '*', roles: [], rights: ['push'] },
};

const tokens: Authenticator = {
  required: true,
  identify: async (authorization) => {
    if (authorization === undefined) throw new WeirError('token-missing', 'No token.');
    const identity = identities[authorization];
    if (!identity) throw new WeirError('token-wrong', 'Unknown token.');
    return identity;
  },
};

function fail(error: unknown): never {
  throw error;
}
