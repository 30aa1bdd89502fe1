import type { AccountDirectory } from './source.ts';

/**
 * The accounts of an organisation by their aliases, as the configuration lists them: `{brightloom: ['domain:…', 'stripe:cus_…']}`.
 * Where two accounts claim one alias, the first does.
 */
export function createAccountDirectory(accounts: Readonly<Record<string, readonly string[]>>): AccountDirectory {
  const byAlias = new Map<string, string>();
  for (const [account, aliases] of Object.entries(accounts)) {
    for (const alias of aliases) if (!byAlias.has(alias)) byAlias.set(alias, account);
  }
  return { find: (alias) => byAlias.get(alias) };
}
