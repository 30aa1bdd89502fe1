import { type Company, createCompany } from './company.ts';
import type { Notice } from './notice.ts';
import type { World } from './ordinary/happening.ts';
import { createLife, type Life } from './ordinary/life.ts';
import { createRandom } from './random.ts';
import { disordered, repeated } from './repeat.ts';
import { requestOf, type Signing, type SimulatedRequest } from './request.ts';
import type { Cause, Caused, Expected } from './scenario.ts';
import { plant } from './scenarios.ts';
import { moments } from './tempo.ts';
import { features } from './texts/names.ts';

export interface SimulationOptions {
  readonly seed: string;
  /** `calm`, `all`, or a story's name. */
  readonly scenario: string;
  /** Event time the simulation ends at, ms; give the present, for weir clamps what lies ahead. */
  readonly end: number;
  /** Days of event time; the stories need 25. */
  readonly days?: number;
  readonly org?: string;
  readonly accounts?: number;
  /** Events in all, exactly; the planted ones and ordinary ones together, repeats beside them. */
  readonly count?: number;
  /** Where no count is given. */
  readonly eventsPerDay?: number;
  /** Share of requests that come twice, 0 … 1. */
  readonly repeats?: number;
  /** HubSpot's batches come out of order. */
  readonly disorder?: boolean;
}

export interface Simulation {
  readonly company: Company;
  readonly expected: readonly Expected[];
  /** What the stories may well cause besides. */
  readonly also: readonly Caused[];
  /** What runs about the stories have to name. */
  readonly causes: readonly Cause[];
  /** How many events `requests` will hold, repeats not counted. */
  readonly count: number;
  /** In the order of event time, each request about one entity; made as they are asked for, the same each time. */
  requests(signing: Signing): Iterable<SimulatedRequest>;
  /** The same before they are requests. */
  notices(): Iterable<Planned>;
}

interface Planned {
  readonly notice: Notice;
  readonly repeat: boolean;
}

export const defaults = { days: 28, accounts: 24, eventsPerDay: 240 } as const;
const day = 86_400_000;
/** A repeat comes this many requests later at most. */
const repeatWithin = 20;

/**
 * Weeks of a company's life: ordinary calls, deals, conversations, payments and metrics, and the scenario's stories among
 * them. Everything follows from the options; nothing is drawn from the machine. Throws a RangeError for options that do
 * not fit together.
 */
export function simulate(options: SimulationOptions): Simulation {
  const { seed, scenario, days = defaults.days, eventsPerDay = defaults.eventsPerDay } = options;
  const company = createCompany({ accounts: defaults.accounts, ...options });
  const end = Math.floor(options.end / 1_000) * 1_000;
  const period = { start: end - days * day, end };
  const world = (): World => ({ company, accounts: company.accounts, random: createRandom(seed), features });

  const { told, cast } = plant(scenario, period, world());
  const planted = told.flatMap(({ notices }) => notices).sort((a, b) => a.at - b.at);
  const plantedEvents = planted.reduce((sum, { events }) => sum + events.length, 0);
  const count = options.count ?? Math.max(Math.round(days * eventsPerDay), plantedEvents);
  if (count < plantedEvents) {
    throw new RangeError(`the scenario "${scenario}" plants ${plantedEvents} events; a count of ${count} is too few`);
  }
  const ordinary = { ...period, count: count - plantedEvents };

  const life = (): Life => {
    const accounts = company.accounts.filter((account) => !cast.taken.has(account));
    const services = company.services.filter((service) => !cast.taken.has(service));
    if (accounts.length === 0) throw new RangeError('no account is left for ordinary life; ask for more accounts');
    const random = world().random.fork('life');
    return createLife({ company, accounts, random, features }, services, Math.max(3, Math.round(count / days / 4)));
  };

  const notices = () => retold(merged(ordinaryNotices(life(), ordinary, seed), planted), options);
  return {
    company,
    expected: told.flatMap(({ expected }) => expected),
    also: told.flatMap(({ also }) => also),
    causes: told.flatMap(({ causes }) => causes),
    count,
    notices: () => ({ [Symbol.iterator]: notices }),
    requests: (signing) => ({
      *[Symbol.iterator]() {
        for (const { notice, repeat } of notices()) yield requestOf(notice, signing, repeat);
      },
    }),
  };
}

/** Exactly so many events: what no longer fits into the last notification is left out of it. */
function* ordinaryNotices(
  life: Life,
  { start, end, count }: { start: number; end: number; count: number },
  seed: string,
): Generator<Notice> {
  const times = moments(start, end, count, createRandom(`${seed}/tempo`).next);
  let left = count;
  for (const at of times) {
    const notice = life.next(at);
    const events = notice.events.slice(0, left);
    yield { ...notice, events };
    left -= events.length;
    // A notification with several events takes the moments of as many.
    for (let more = 1; more < events.length; more += 1) times.next();
    if (left === 0) return;
  }
}

function* merged(ordinary: Iterable<Notice>, planted: readonly Notice[]): Generator<Notice> {
  let next = 0;
  for (const notice of ordinary) {
    for (let one = planted[next]; one && one.at <= notice.at; one = planted[next]) {
      yield one;
      next += 1;
    }
    yield notice;
  }
  yield* planted.slice(next);
}

/** As providers tell it: some of it twice, and not quite in order. */
function* retold(
  notices: Iterable<Notice>,
  { seed, repeats = 0, disorder = false }: SimulationOptions,
): Generator<Planned> {
  const random = createRandom(`${seed}/retold`);
  const again: { notice: Notice; after: number }[] = [];
  let sent = 0;
  let now = 0;
  for (const told of notices) {
    const notice = disorder ? disordered(told, random) : told;
    yield { notice, repeat: false };
    sent += 1;
    now = notice.at;
    if (repeats > 0 && random.chance(repeats)) again.push({ notice, after: sent + random.int(1, repeatWithin) });
    for (const due of again.filter(({ after }) => after <= sent)) {
      again.splice(again.indexOf(due), 1);
      yield { notice: { ...repeated(due.notice), at: now }, repeat: true };
    }
  }
  for (const { notice } of again) yield { notice: { ...repeated(notice), at: now }, repeat: true };
}
