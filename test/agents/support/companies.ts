import { createRandom, type Random } from '../../../src/simulate/random.ts';

/**
 * So many companies, each with draws and an organisation of its own. All tell what happened before any is asked about, so that a
 * lab inserts it at once.
 */
export async function eachCompany(
  name: string,
  companies: number,
  company: (random: Random, org: string) => Promise<void>,
  seeds = name,
): Promise<void> {
  const numbers = Array.from({ length: companies }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => company(createRandom(`${seeds}${number}`), `${name}-${number}`)));
}
