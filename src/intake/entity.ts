import { idOf } from '../core/ids.ts';
import type { AccountDirectory } from './source.ts';

/** What an event says about whom it is about. */
export interface Clues {
  /** What the provider calls them: `stripe:cus_…`, `hubspot:deal:9`. The most telling first. */
  readonly aliases: readonly string[];
  /** Addresses of people on the customer's side, asked for where no alias is known; absent ones may be undefined. */
  emails(): readonly (string | undefined)[];
  /** The provider's own object, where nothing else is known. */
  readonly otherwise: string;
}

/**
 * Whom an event is about: the account that claims one of the aliases or domains; else the company most of the addresses
 * belong to, as `account:<domain>`; else the provider's object.
 */
export function entityOf({ aliases, emails, otherwise }: Clues, accounts: AccountDirectory): string {
  const known = firstFound(aliases, (alias) => accounts.find(alias));
  if (known !== undefined) return boundedEntity(`account:${known}`);
  const domains = companyDomains(emails());
  const account = firstFound(domains, (domain) => accounts.find(`domain:${domain}`)) ?? domains[0];
  return boundedEntity(account === undefined ? otherwise : `account:${account}`);
}

function firstFound(names: readonly string[], find: (name: string) => string | undefined): string | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An entity has at most 256 characters; a longer name keeps its beginning and ends in its hash. */
export function boundedEntity(name: string): string {
  return name.length <= 256 ? name : `${name.slice(0, 223)}~${idOf(name)}`;
}

/** The domains of the addresses, the most frequent first, without those anybody can have an address at. */
function companyDomains(emails: readonly (string | undefined)[]): readonly string[] {
  const seen = new Map<string, number>();
  for (const email of emails) {
    const domain = email?.slice(email.lastIndexOf('@') + 1).toLowerCase();
    if (domain === undefined || !email?.includes('@') || !domainPattern.test(domain) || freeMail.has(domain)) continue;
    seen.set(domain, (seen.get(domain) ?? 0) + 1);
  }
  return [...seen].sort(([, left], [, right]) => right - left).map(([domain]) => domain);
}

const domainPattern = /^(?=.{4,253}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;

/** Mail for everybody: the domain says nothing about the company. */
const freeMail: ReadonlySet<string> = new Set([
  'aol.com',
  'fastmail.com',
  'gmail.com',
  'gmx.de',
  'gmx.net',
  'googlemail.com',
  'hotmail.com',
  'icloud.com',
  'live.com',
  'mail.com',
  'mail.ru',
  'me.com',
  'msn.com',
  'outlook.com',
  'pm.me',
  'proton.me',
  'protonmail.com',
  'qq.com',
  'web.de',
  'yahoo.co.uk',
  'yahoo.com',
  'yandex.ru',
  'ymail.com',
  'zoho.com',
]);
