import { durationMs } from '../core/duration.ts';
import type { Path } from './document.ts';
import { isLoopback, secretsOf, type Config } from './schema.ts';
import { didYouMean, suggest } from '../core/suggest.ts';

/** What one option alone cannot tell. */
export interface Fault {
  readonly path: Path;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The other options that it rests on: with one of them wrong it may be none. */
  readonly restsOn?: readonly Path[];
}

/** `sources`: the names of the connectors there are; without them names are not checked. */
export function faultsOf(config: Config, sources?: readonly string[]): readonly Fault[] {
  return [
    ...exposed(config),
    ...tooShortRetention(config),
    ...tooSmallLog(config),
    ...tokensForNobody(config),
    ...Object.keys(config.orgs).flatMap((org) => [
      ...badSources(config, org, sources),
      ...sharedAliases(config, org),
      ...accountsOfNobody(config, org),
    ]),
  ];
}

function exposed({ http, auth }: Config): readonly Fault[] {
  if (isLoopback(http.host) || auth.tokens.length > 0 || auth.jwks !== undefined) return [];
  const message = `without auth.tokens or auth.jwks weir listens on loopback alone, not on ${http.host}`;
  return [{ path: ['http', 'host'], severity: 'error', message, restsOn: [['auth']] }];
}

function tooShortRetention({ retention, alerts }: Config): readonly Fault[] {
  if (durationMs(retention.alertsMaxAge) > durationMs(alerts.expireAfter)) return [];
  const message = `must be longer than alerts.expireAfter (${alerts.expireAfter}): an alert would be forgotten while it is open`;
  return [{ path: ['retention', 'alertsMaxAge'], severity: 'error', message, restsOn: [['alerts', 'expireAfter']] }];
}

/** The smallest parts of the log are a 96th of it, and a message may have 1 MiB. */
const logBytesMin = 256 * 1024 ** 2;

function tooSmallLog({ retention }: Config): readonly Fault[] {
  if (retention.maxBytes >= logBytesMin) return [];
  const message = 'must be at least 256MiB: a message of 1 MiB has to fit into each part of the log';
  return [{ path: ['retention', 'maxBytes'], severity: 'error', message }];
}

function tokensForNobody({ auth, orgs }: Config): readonly Fault[] {
  const names = Object.keys(orgs);
  return auth.tokens.flatMap(({ org }, index): readonly Fault[] => {
    if (org === '*' || names.includes(org)) return [];
    const message = `there is no organisation "${org}" under orgs${didYouMean(org, names)}`;
    return [{ path: ['auth', 'tokens', index, 'org'], severity: 'warning', message, restsOn: [['orgs', org]] }];
  });
}

function badSources(config: Config, org: string, known: readonly string[] | undefined): readonly Fault[] {
  return Object.entries(config.orgs[org]?.sources ?? {}).flatMap(([name, source]): readonly Fault[] => {
    const path = ['orgs', org, 'sources', name];
    if (known && !known.includes(name)) {
      const message = `there is no source "${name}"${didYouMean(name, known)}`;
      return [{ path, severity: 'error', message }];
    }
    const secrets = secretsOf(source);
    if (secrets.length === 0 && !source.unsigned) {
      return [{ path, severity: 'error', message: 'has no secret; give it one, or write unsigned: true' }];
    }
    if (secrets.length > 0 && source.unsigned) {
      return [{ path, severity: 'error', message: 'has a secret and unsigned: true; only one can be meant' }];
    }
    if (secrets.length > 2) return [{ path, severity: 'error', message: 'has more than two secrets' }];
    return [];
  });
}

function sharedAliases(config: Config, org: string): readonly Fault[] {
  const owners = new Map<string, string>();
  return Object.entries(config.orgs[org]?.accounts ?? {}).flatMap(([account, aliases]) =>
    aliases.flatMap((alias, index): readonly Fault[] => {
      const owner = owners.get(alias);
      owners.set(alias, owner ?? account);
      if (owner === undefined || owner === account) return [];
      const message = `"${alias}" belongs to the account "${owner}" already`;
      return [{ path: ['orgs', org, 'accounts', account, index], severity: 'error', message }];
    }),
  );
}

/** Accounts that only events know of cannot be told from misspelt ones; these can. */
function accountsOfNobody(config: Config, org: string): readonly Fault[] {
  const { accounts = {}, segments = {} } = config.orgs[org] ?? {};
  const names = Object.keys(accounts);
  const owners = new Map(Object.entries(accounts).flatMap(([name, aliases]) => aliases.map((alias) => [alias, name])));
  const wrongWith = (account: string): string | undefined => {
    if (names.includes(account)) return undefined;
    if (account.startsWith('account:')) return `write "${account.slice('account:'.length)}", without account:`;
    const owner = owners.get(`domain:${account}`) ?? owners.get(account);
    if (owner !== undefined) return `what comes of "${account}" is about the account "${owner}"; write that`;
    const meant = account.includes('.') ? undefined : suggest(account, names);
    return meant === undefined
      ? undefined
      : `there is no account "${account}" under accounts; did you mean "${meant}"?`;
  };
  return Object.entries(segments).flatMap(([segment, { accounts: listed }]) =>
    listed.flatMap((account, index): readonly Fault[] => {
      const message = wrongWith(account);
      const path = ['orgs', org, 'segments', segment, 'accounts', index];
      return message === undefined
        ? []
        : [{ path, severity: 'warning', message, restsOn: [['orgs', org, 'accounts']] }];
    }),
  );
}
