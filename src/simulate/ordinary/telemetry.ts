import type { Account, Metric, Service } from '../company.ts';
import { newsNotice, type Sample, serviceNotice, usageNotice } from '../payloads/cloudevents.ts';
import type { Random } from '../random.ts';
import { competitorNews, ordinaryNews } from '../texts/news.ts';
import { fill } from '../texts/fill.ts';
import { publishers } from '../texts/names.ts';
import type { Happening, World } from './happening.ts';

const day = 86_400_000;
/** Share of the samples that are odd for a moment, as with a deployment or a burst of use, and as usual the next time. */
const spikeShare = 0.01;

/** The services' metrics, one service after another, so that each is heard of about equally often. */
export function metrics(world: World, services: readonly Service[]): (at: number) => Happening {
  let turn = 0;
  return (at) => {
    const service = services[turn % services.length];
    turn += 1;
    if (!service) throw new RangeError('a company has services');
    const { random } = world;
    const samples = service.metrics.map((metric) =>
      sampleOf(metric, at, random, random.chance(spikeShare) ? random.int(2, 5) : 1),
    );
    return { notice: serviceNotice(at, service, samples, random) };
  };
}

/** How much customers use the product, one account after another. */
export function usage(world: World): (at: number) => Happening {
  let turn = 0;
  return (at) => {
    const account = world.accounts[turn % world.accounts.length];
    turn += 1;
    if (!account) throw new RangeError('a company has accounts');
    return { notice: usageNotice(at, account, usageOf(account, 1, world.random), world.random) };
  };
}

export function news(world: World): (at: number) => Happening {
  const { random, company } = world;
  return (at) => {
    const publisher = random.pick(publishers);
    if (random.chance(0.5)) return { notice: newsNotice(at, { ...random.pick(ordinaryNews), publisher }, random) };
    const competitor = random.pick(company.competitors);
    const text = random.pick(competitorNews);
    const words = { competitor: competitor.name, product: company.product };
    const told = { title: fill(text.title, words), summary: fill(text.summary, words), publisher, competitor };
    return { notice: newsNotice(at, told, random) };
  };
}

/** A metric as it stands at that hour; `factor` 1 is an ordinary day. */
export function sampleOf(metric: Metric, at: number, random: Random, factor = 1): Sample {
  const hourly = 1 + metric.daily * Math.sin((2 * Math.PI * (at % day)) / day - Math.PI / 2);
  const chance = 1 + metric.noise * Math.min(2.5, Math.max(-2.5, random.normal(0, 1)));
  return { name: metric.name, unit: metric.unit, value: round(metric.level * hourly * chance * factor) };
}

/** `share` 1: as the account always used it. */
export function usageOf(account: Account, share: number, random: Random): Sample[] {
  const users = account.seats * 0.7 * share * (0.94 + random.next() * 0.12);
  return [
    { name: 'weekly_active_users', unit: 'users', value: Math.round(users) },
    { name: 'weekly_actions', unit: 'actions', value: Math.round(users * 36 * (0.94 + random.next() * 0.12)) },
  ];
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
