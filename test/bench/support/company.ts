import { configOf } from '../../../src/config/load.ts';
import type { Config, ConfigInput } from '../../../src/config/schema.ts';
import { orgConfig, signingFor, simulatedSecrets } from '../../../src/simulate/config.ts';
import { simulate, type Simulation } from '../../../src/simulate/generate.ts';
import type { Signing, SimulatedRequest } from '../../../src/simulate/request.ts';

/** Gong by a key in the address: making an RSA signature costs a sender a hundred times what anything else here costs. */
export const secrets = { ...simulatedSecrets(), gong: 'key:bench-key' };

/** Events a second an organisation may send: more than it can. */
const rate = 1_000_000;

/** As many accounts as a company can have; with more events, more companies. */
const accounts = 40;

const companiesMax = 8;

/** Companies that play so many events together. The same count gives the same events. */
export function companies(count: number, end = Date.UTC(2026, 0, 31)): readonly Simulation[] {
  return Array.from({ length: companiesMax }, (_, index) =>
    simulate({
      seed: `bench ${index}`,
      scenario: 'calm',
      end,
      count: Math.ceil(count / companiesMax),
      accounts,
      org: `acme-${index}`,
    }),
  );
}

/** What a daemon is configured with to take what the companies' providers send. */
export function configFor(simulations: readonly Simulation[], more: ConfigInput = {}): Config {
  const orgs = simulations.map(({ company }) => orgConfig(company, secrets, rate).orgs ?? {});
  return configOf({ orgs: Object.assign({}, ...orgs), ...more, http: { publicUrl, ...more.http } });
}

/** The address under which the senders know weir: some sign it. */
export const publicUrl = 'http://bench';

export const signingOf = (org: string): Signing => signingFor({ org, publicUrl, secrets });

/** What their providers send to a daemon known by that address, one company's after another's. */
export function* requestsOf(simulations: readonly Simulation[]): Generator<SimulatedRequest> {
  const waiting = simulations.map(({ company, requests }) => requests(signingOf(company.org))[Symbol.iterator]());
  while (waiting.length > 0) {
    for (const company of waiting.slice()) {
      const next = company.next();
      if (next.done) waiting.splice(waiting.indexOf(company), 1);
      else yield next.value;
    }
  }
}
