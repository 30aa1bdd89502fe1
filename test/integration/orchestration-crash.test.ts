import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startScript } from '../support/children.ts';
import { newFolder } from '../support/folder.ts';
import { natsMissing, startNats, type TestNats } from '../support/nats.ts';

const script = fileURLToPath(new URL('orchestration-crash.child.ts', import.meta.url));
/** Facts of the reference run: request, admission, context, plan, three a step, result and end. */
const factsInAll = 21;
const facts = Array.from({ length: factsInAll }, (_, index) => index + 1);
/**
 * Of one run, how many facts each of its daemons lives to see, one daemon after the other. Every fact of a run of its own takes
 * minutes; `WEIR_TEST_EVERY_FACT=1` does it.
 */
const lives = process.env['WEIR_TEST_EVERY_FACT'] === '1' ? facts.map((fact) => [fact]) : [[4, 5, 4]];
const missing = natsMissing();

const root = newFolder();

const expected = {
  outcome: 'completed',
  result: { a: { a: 1 }, b: { b: 1 }, c: { c: 1 }, d: { d: 1 }, e: { e: 1 } },
  finished: ['a', 'b', 'c', 'd', 'e'],
};

describe('a run whose daemon is killed again and again ends as if nobody had been killed', () => {
  test.each(lives.flatMap((each) => [1, 2].map((rigs) => [each, rigs] as const)))(
    'each after so many facts: %j, on the embedded log, with %i conductors and workers in the process',
    { timeout: 300_000 },
    async (each, rigs) => {
      const path = join(root, `embedded-${each.join('-')}-${rigs}`);
      await expectUnharmed(path, effectsIn(path), each, rigs);
    },
  );

  describe.skipIf(missing !== undefined)(`on JetStream ${missing ?? ''}`, () => {
    test.each(lives.map((each) => [each]))(
      'each after so many facts: %j, with one daemon that is started again',
      { timeout: 300_000 },
      (each) => withNats((nats, effects) => expectUnharmed(nats.url, effects, each)),
    );

    test('at each of its facts, with another daemon that goes on', { timeout: 300_000 }, async () => {
      await withNats(async (nats, effects) => {
        const ids = facts.map((strike) => `r${strike}`);
        // One survivor, and for each fact a daemon that dies at it.
        const survivor = carryOut(nats.url, effects, 0, 1, ids.join());
        const killed = await Promise.all(
          [0, 1, 2].map(async (lane) => {
            let deaths = 0;
            for (const strike of facts.filter((each) => each % 3 === lane))
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

async function expectUnharmed(where: string, effects: string, lives: readonly number[], rigs = 1): Promise<void> {
  for (const facts of lives) expect(await carryOut(where, effects, facts, rigs), `after ${facts}`).toBe('killed');
  expect(await carryOut(where, effects, 0, rigs)).toMatchObject(expected);
  expect(readdirSync(effects).toSorted()).toEqual(['r_a', 'r_b', 'r_c', 'r_d', 'r_e']);
}

function effectsIn(folder: string): string {
  const effects = `${folder}-effects`;
  mkdirSync(effects, { recursive: true });
  return effects;
}

async function withNats(work: (nats: TestNats, effects: string) => Promise<void>): Promise<void> {
  const dir = newFolder();
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
  const child = startScript(script, options);
  const said = text(child.stdout);
  await once(child, 'exit');
  if (child.signalCode === 'SIGKILL') return 'killed';
  const lines = ((await said) || 'null').trimEnd().split('\n');
  const answers: unknown[] = lines.map((line): unknown => JSON.parse(line));
  return answers.length === 1 ? answers[0] : answers;
}
