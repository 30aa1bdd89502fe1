import type { AccountDirectory } from '../../src/intake/source.ts';
import { accountAliases, type Company } from '../../src/simulate/company.ts';
import { signingFor, simulatedSecrets } from '../../src/simulate/config.ts';
import { simulate, type Simulation, type SimulationOptions } from '../../src/simulate/generate.ts';
import type { SimulatedRequest } from '../../src/simulate/request.ts';

export const end = Date.UTC(2026, 0, 31);
export const secrets = simulatedSecrets();
export const publicUrl = 'https://weir.example';
export const signing = signingFor({ org: 'acme', publicUrl, secrets });

export function aSimulation(options: Partial<SimulationOptions> = {}): Simulation {
  return simulate({ seed: '7', scenario: 'all', end, count: 3_000, ...options });
}

export function requestsOf(options: Partial<SimulationOptions> = {}): SimulatedRequest[] {
  return [...aSimulation(options).requests(signing)];
}

export function directoryOf(company: Company): AccountDirectory {
  const accounts = new Map(
    Object.entries(accountAliases(company)).flatMap(([name, aliases]) =>
      aliases.map((alias) => [alias, name] as const),
    ),
  );
  return { find: (alias) => accounts.get(alias) };
}
