import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { natsMissing, startNats, type TestNats } from '../support/nats.ts';

const script = fileURLToPath(new URL('orchestration-crash.child.ts', import.meta.url));
/** Facts of the reference run: request, admission, context, plan, three a step, result and end. */
const factsInAll = 21;
/** Every fact takes minutes; `WEIR_TEST_EVERY_FACT=1` does it. */
const everyFact = process.env['WEIR_TEST_EVERY_FACT'] === '1';
const strikes = Array.from({ length: factsInAll }, (_, index) => index + 1).filter(
  (fact) => everyFact || [4, 9, 14].includes(fact),
);
const missing = natsMissing();

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-runs-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const expected = {
  outcome: 'completed',
  result: { a: { a: 1 }, b: { b: 1 }, c: { c: 1 }, d: { d: 1 }, e: { e: 1 } },
  finished: ['a', 'b', 'c', 'd', 'e'],
};

describe('a run whose daemon is killed at one of its facts ends as if nobody had been killed', () => {
  test.each(strikes.flatMap((strike) => [1, 2].map((rigs) => [strike, rigs] as const)))(
    'at fact %i, on the embedded log, with %i conductors and workers in the process',
    async (strike, rigs) => {
      const path = join(root, `embedded-${strike}-${rigs}`);
      const effects = effectsIn(path);
      expect(await carryOut(path, effects, strike, rigs)).toBe('killed');
      expect(await carryOut(path, effects, 0, rigs)).toMatchObject(expected);
      expect(readdirSync(effects).toSorted()).toEqual(['r_a', 'r_b', 'r_c', 'r_d', 'r_e']);
    },
  );

  describe.skipIf(missing !== undefined)(`on JetStream ${missing ?? ''}`, () => {
    test.each(strikes)('at fact %i, with one daemon that is started again', async (strike) => {
      await withNats(async (nats, effects) => {
        expect(await carryOut(nats.url, effects, strike)).toBe('killed');
        expect(await carryOut(nats.url, effects, 0)).toMatchObject(expected);
        expect(readdirSync(effects).toSorted()).toEqual(['r_a', 'r_b', 'r_c', 'r_d', 'r_e']);
      });
    });

    test.each(strikes)('at fact %i, with another daemon that goes on', async (strike) => {
      await withNats(async (nats, effects) => {
        const [survivor] = await Promise.all([carryOut(nats.url, effects, 0), carryOut(nats.url, effects, strike)]);
        expect(survivor).toMatchObject(expected);
        expect(readdirSync(effects).toSorted()).toEqual(['r_a', 'r_b', 'r_c', 'r_d', 'r_e']);
      });
    });
  });
});

function effectsIn(folder: string): string {
  const effects = `${folder}-effects`;
  mkdirSync(effects, { recursive: true });
  return effects;
}

async function withNats(work: (nats: TestNats, effects: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(root, 'nats-'));
  const nats = await startNats({ dir });
  try {
    await work(nats, effectsIn(dir));
  } finally {
    await nats.stop();
  }
}

/** What a process says of the run; `killed` where it was. */
async function carryOut(where: string, effects: string, dieAt: number, rigs = 1): Promise<unknown> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, where, effects, String(dieAt), String(rigs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = text(child.stdout);
  await once(child, 'exit');
  if (child.signalCode === 'SIGKILL') return 'killed';
  const answer: unknown = JSON.parse((await said) || 'null');
  return answer;
}
