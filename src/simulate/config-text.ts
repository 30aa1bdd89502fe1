import { stringify } from 'yaml';
import { accountAliases, type Company } from './company.ts';
import { type Secrets, simulatedSecrets } from './config.ts';

/**
 * What to write into `weir.yaml` for a daemon that is to be simulated to, as text. Secrets are references there, as the
 * configuration demands; the comment above says what to put into the environment.
 */
export function configText(company: Company, secrets: Secrets = simulatedSecrets()): string {
  const names = Object.keys(secrets);
  const variable = (source: string) => `WEIR_SIMULATED_${source.toUpperCase()}`;
  const exports = Object.entries(secrets).map(([source, secret]) => `#   export ${variable(source)}='${secret}'`);
  const sources = Object.fromEntries(names.map((source) => [source, { secret: `\${${variable(source)}}` }]));
  const org = { sources, accounts: accountAliases(company) };
  return [
    '# For `weir simulate`. Anybody can know these secrets: nothing real may be sent here. In the environment:',
    ...exports,
    stringify({ orgs: { [company.org]: org } }),
  ].join('\n');
}
