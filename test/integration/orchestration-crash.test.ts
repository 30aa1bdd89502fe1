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

    test('at each of its facts, with another daemon that goes on', { timeout: 300_000 }, async () => {
      await withNats(async (nats, effects) => {
        const all = Array.from({ length: factsInAll }, (_, index) => index + 1);
        const ids = all.map((strike) => `r${strike}`);
        // One survivor, and for each fact a daemon that dies at it.
        const survivor = carryOut(nats.url, effects, 0, 1, ids.join());
        const killed = await Promise.all(
          [0, 1, 2].map(async (lane) => {
            let deaths = 0;
            for (const strike of all.filter((each) => each % 3 === lane))
              if ((await carryOut(nats.url, effects, strike, 1, `r${strike}`)) === 'killed') deaths += 1;
            return deaths;
          }),
        );
        expect(await survivor).toMatchObject(ids.map(() => expected));
        expect(readdirSync(effects).toSorted()).toEqual(
          ids.flatMap((id) => ['a', 'b', 'c', 'd', 'e'].map((step) => `${id}_${step}`)).toSorted(),
        );
        // At an even fact the other may have said all that follows: then nothing was left to die at.
        expect(killed.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(Math.ceil(factsInAll / 2));
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
async function carryOut(where: string, effects: string, dieAt: number, rigs = 1, id = 'r'): Promise<unknown> {
  const options = [where, effects, String(dieAt), String(rigs), id];
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = text(child.stdout);
  await once(child, 'exit');
  if (child.signalCode === 'SIGKILL') return 'killed';
  const lines = ((await said) || 'null').trimEnd().split('\n');
  const answers: unknown[] = lines.map((line): unknown => JSON.parse(line));
  return answers.length === 1 ? answers[0] : answers;
}
