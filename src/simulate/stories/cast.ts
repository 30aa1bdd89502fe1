import type { Account, Company, Competitor, Service } from '../company.ts';
import type { World } from '../ordinary/happening.ts';
import type { Random } from '../random.ts';
import type { Timetable } from '../scenario.ts';

/** Whom the stories are told of: each story has its own, and nothing ordinary happens to them beside it. */
export interface Cast {
  /** An account nobody else has. Throws a RangeError when all are taken. */
  account(): Account;
  /** An account that says its part in a story and has its ordinary life beside it. */
  bystander(): Account;
  /** The service of that name, which nobody else has. */
  service(name: string): Service;
  competitor(): Competitor;
  readonly taken: ReadonlySet<Account | Service>;
}

/** A planted story. */
export interface Story {
  readonly name: string;
  readonly about: string;
  readonly days: number;
  /** Where in the period it is told: 0 at its start, 1 so that it ends with it. */
  readonly place: number;
  tell(start: number, cast: Cast, world: World): Timetable;
}

export function createCast(company: Company, random: Random): Cast {
  const accounts = random.shuffled(company.accounts);
  const competitors = random.shuffled(company.competitors);
  const taken = new Set<Account | Service>();
  const take = <T extends Account | Service>(one: T | undefined, what: string): T => {
    if (!one) throw new RangeError(`too few ${what} for these stories`);
    taken.add(one);
    return one;
  };
  return {
    account: () => take(accounts.shift(), 'accounts'),
    bystander: () => {
      const one = accounts.pop();
      if (!one) throw new RangeError('too few accounts for these stories');
      return one;
    },
    service: (name) =>
      take(
        company.services.find((service) => service.name === name && !taken.has(service)),
        'services',
      ),
    competitor: () => random.pick(competitors),
    taken,
  };
}
