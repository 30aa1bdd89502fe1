import { describe, expect, test } from 'vitest';
import { configOf } from '../../src/config/load.ts';
import { accountAliases, accountLimit, createCompany } from '../../src/simulate/company.ts';
import { orgConfig, signingFor } from '../../src/simulate/config.ts';
import { aSimulation, requestsOf, secrets, signing } from './simulations.ts';

describe('a simulated company', () => {
  const company = createCompany({ seed: '7', accounts: accountLimit });

  test('gives every customer a name, a domain and ids of its own', () => {
    const all = Object.values(accountAliases(company)).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(company.accounts.map(({ entity }) => entity)).size).toBe(accountLimit);
    expect(all.every((alias) => /^[a-z]+:\S{3,}$/.test(alias))).toBe(true);
  });

  test('keeps its customers’ ids whatever the seed: a daemon configured once takes any simulation', () => {
    expect(accountAliases(createCompany({ seed: '8', accounts: accountLimit }))).toEqual(accountAliases(company));
  });

  test('lies where no real company does', () => {
    const domains = company.accounts.flatMap(({ domain, people }) => [domain, ...people.map(({ email }) => email)]);
    expect(domains.filter((domain) => !domain.endsWith('.example'))).toEqual([]);
  });

  test('is a configuration the daemon takes', () => {
    const { orgs } = configOf(orgConfig(company, secrets));
    expect(Object.keys(orgs['acme']?.sources ?? {})).toEqual(['gong', 'hubspot', 'intercom', 'stripe']);
    expect(Object.keys(orgs['acme']?.accounts ?? {})).toHaveLength(accountLimit);
  });

  test('cannot sign for a Gong rule whose private key it does not have, and says so', () => {
    const others = { ...secrets, gong: 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A' };
    expect(() => signingFor({ org: 'acme', publicUrl: 'http://localhost', secrets: others })).toThrow('another rule');
  });
});

describe('what people say in it', () => {
  const bodies = (['1', '2', '3'] as const).flatMap((seed) =>
    requestsOf({ seed, count: 2_000 }).map((request) => request.build(0).body),
  );

  test('has no placeholder left in it, and nothing that was never given', () => {
    expect(bodies.filter((body) => /\{\w+\}|\b(?:undefined|NaN)\b|\[object/.test(body))).toEqual([]);
  });

  test('is mostly calm: of a hundred openings few are urgent', () => {
    const openings = [...aSimulation({ count: 8_000 }).requests(signing)]
      .map((request) => request.build(0).body)
      .filter((body) => body.includes('"topic":"conversation.user.created"'));
    const urgent = openings.filter((body) => /urgent|unacceptable|is down|terrible/i.test(body));
    expect(urgent.length / openings.length).toBeLessThan(0.05);
    expect(urgent.length).toBeGreaterThan(0);
  });

  test('varies: hardly two calls are told in the same words', () => {
    const briefs = new Set(bodies.flatMap((body) => /"brief":"[^"]*"/.exec(body) ?? []));
    expect(briefs.size).toBeGreaterThan(100);
  });
});
