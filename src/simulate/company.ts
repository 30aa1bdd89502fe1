import { idOf } from '../core/ids.ts';
import { digits, type Random, createRandom } from './random.ts';
import {
  accountNames,
  buyerTitles,
  competitorNames,
  dealKinds,
  firstNames,
  industries,
  lastNames,
  product,
  sellerTitles,
} from './texts/names.ts';

/** A company that uses weir, as the simulator plays it: who its customers are, what it runs and whom it competes with. */
export interface Company {
  readonly org: string;
  readonly product: string;
  readonly domain: string;
  readonly accounts: readonly Account[];
  readonly sellers: readonly Person[];
  readonly services: readonly Service[];
  readonly competitors: readonly Competitor[];
}

export interface Account {
  /** As in the account directory: `brightloom`. */
  readonly name: string;
  /** `account:brightloom` */
  readonly entity: string;
  readonly title: string;
  readonly domain: string;
  readonly industry: string;
  readonly tier: 'enterprise' | 'business' | 'starter';
  readonly seats: number;
  /** Monthly recurring revenue in cents. */
  readonly mrr: number;
  readonly owner: Person;
  readonly people: readonly Person[];
  readonly deals: readonly Deal[];
  readonly hubspotCompany: number;
  readonly stripeCustomer: string;
  readonly subscription: string;
}

export interface Person {
  readonly name: string;
  readonly title: string;
  readonly email: string;
  /** Ids at the providers. */
  readonly gongId: string;
  readonly hubspotContact: number;
  readonly intercomContact: string;
}

/** A deal an account may come to have; whether and when it does is the story's or the day's to say. */
export interface Deal {
  readonly id: number;
  readonly name: string;
  /** In whole dollars. */
  readonly amount: number;
}

export interface Service {
  readonly name: string;
  readonly entity: string;
  readonly metrics: readonly Metric[];
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  /** Where it stands on an ordinary day, how much it varies by chance, and how much with the hour. */
  readonly level: number;
  readonly noise: number;
  readonly daily: number;
}

export interface Competitor {
  readonly name: string;
  readonly entity: string;
}

export const accountLimit = accountNames.length;
const dealsPerAccount = 24;

/**
 * The company of a seed. Names, ids and so the account directory are the same for every seed (a daemon configured once
 * can be fed with any), people, sizes and amounts are the seed's. `accounts`: 1 … {@link accountLimit}.
 */
export function createCompany(options: { seed: string; org?: string; accounts?: number }): Company {
  const { seed, org = 'acme', accounts = 24 } = options;
  if (accounts < 1 || accounts > accountLimit) throw new RangeError(`accounts must be 1 … ${accountLimit}`);
  const random = createRandom(`${seed}/company`);
  const domain = `${org}.example`;
  const sellers = Array.from({ length: 6 }, (_, index) => person(`${org}/${index}`, domain, sellerTitles, random));
  return {
    org,
    product,
    domain,
    sellers,
    accounts: accountNames.slice(0, accounts).map((entry) => account(entry, random.pick(sellers), random)),
    services: ['api', 'checkout', 'search', 'ingest'].map((name) => service(name, random)),
    competitors: competitorNames.map((name) => ({ name, entity: `competitor:${name.toLowerCase()}` })),
  };
}

/** Account → its aliases, as the configuration holds them and `AccountDirectory` finds them. */
export function accountAliases(company: Company): Record<string, string[]> {
  return Object.fromEntries(company.accounts.map((account) => [account.name, aliasesOf(account)]));
}

function aliasesOf(account: Account): string[] {
  return [
    `domain:${account.domain}`,
    `hubspot:company:${account.hubspotCompany}`,
    ...account.deals.map((deal) => `hubspot:deal:${deal.id}`),
    ...account.people.map((person) => `hubspot:contact:${person.hubspotContact}`),
    ...account.people.map((person) => `intercom:contact:${person.intercomContact}`),
    `stripe:${account.stripeCustomer}`,
  ];
}

function account([title, industry]: (typeof accountNames)[number], owner: Person, random: Random): Account {
  const name = (title.split(' ')[0] ?? title).toLowerCase();
  const domain = `${name}.example`;
  const tier = random.weighted([
    [2, 'enterprise'],
    [4, 'business'],
    [3, 'starter'],
  ] as const);
  const seats = { enterprise: random.int(180, 900), business: random.int(40, 160), starter: random.int(5, 30) }[tier];
  const fixed = createRandom(`account/${name}`);
  return {
    name,
    entity: `account:${name}`,
    title,
    domain,
    industry: industries[industry],
    tier,
    seats,
    mrr: seats * random.int(22, 38) * 100,
    owner,
    people: Array.from({ length: 3 }, (_, index) => person(`${name}/${index}`, domain, buyerTitles, random)),
    deals: Array.from({ length: dealsPerAccount }, () => deal(title, seats, fixed, random)),
    hubspotCompany: Number(`7${fixed.text(8, digits)}`),
    stripeCustomer: `cus_${fixed.text(14)}`,
    subscription: `sub_1${fixed.text(23)}`,
  };
}

function person(key: string, domain: string, titles: readonly string[], random: Random): Person {
  const first = random.pick(firstNames);
  const last = random.pick(lastNames);
  const fixed = createRandom(`person/${key}`);
  return {
    name: `${first} ${last}`,
    title: random.pick(titles),
    email: `${first}.${last}@${domain}`.toLowerCase(),
    gongId: `6${fixed.text(18, digits)}`,
    hubspotContact: Number(`5${fixed.text(8, digits)}`),
    intercomContact: idOf('intercom', key).slice(0, 24),
  };
}

function deal(title: string, seats: number, fixed: Random, random: Random): Deal {
  const amount = Math.max(2_000, Math.round((seats * random.int(60, 320)) / 500) * 500);
  return { id: Number(`9${fixed.text(9, digits)}`), name: `${title} - ${random.pick(dealKinds)}`, amount };
}

function service(name: string, random: Random): Service {
  const metrics: readonly Metric[] = [
    { name: 'latency_p95', unit: 'ms', level: random.int(120, 260), noise: 0.05, daily: 0.12 },
    { name: 'error_rate', unit: 'percent', level: random.int(4, 9) / 10, noise: 0.1, daily: 0.05 },
    { name: 'requests_per_second', unit: '1/s', level: random.int(300, 1_400), noise: 0.05, daily: 0.35 },
  ];
  return { name, entity: `service:${name}`, metrics };
}
