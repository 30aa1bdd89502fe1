import type { Account, Company } from '../company.ts';
import type { Notice } from '../notice.ts';
import type { Random } from '../random.ts';

/** Something that happens on an ordinary day, and what follows from it some time later, if anything does. */
export interface Happening {
  readonly notice: Notice;
  readonly sequel?: { readonly afterMs: number; readonly happen: (at: number) => Happening };
}

/** What an ordinary day is made from. `accounts` are those no story is told of. */
export interface World {
  readonly company: Company;
  readonly accounts: readonly Account[];
  readonly random: Random;
  readonly features: readonly string[];
}

/** Texts speak of the account, its people and the product by these names. */
export function wordsOf(
  { company, random, features }: World,
  account: Account,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    account: account.title,
    customer: firstName(account.people[0]?.name ?? account.title),
    seller: firstName(account.owner.name),
    product: company.product,
    feature: random.pick(features),
    competitor: random.pick(company.competitors).name,
    ...more,
  };
}

export function firstName(name: string): string {
  return name.split(' ')[0] ?? name;
}
