import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApplier } from '../../src/pipeline/applier.ts';

const saidBy = (name: string) => ({
  partition: 0,
  alertObservations: [],
  tasks: [],
  examples: [],
  dead: [{ pipeline: name, eventId: 'e', org: 'acme', sequence: 1, reason: 'pipeline-failed', detail: '' }],
});

const once = <T>(work: () => Promise<T>): Promise<T> => work();

describe('what follows from commits', () => {
  it('is applied once each and in their order, however slow it is, and “applied” never runs ahead', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ waits: fc.nat(3), takes: fc.nat(3) }), { minLength: 1, maxLength: 12 }),
        async (commits) => {
          const applied: string[] = [];
          const turns = [...commits];
          const applier = createApplier(
            {
              async apply({ dead }) {
                for (let left = turns.shift()?.takes ?? 0; left > 0; left--) await nextTick();
                applied.push(...dead.map(({ pipeline }) => pipeline));
              },
            },
            once,
            0,
          );
          const done: Promise<void>[] = [];
          for (const [index, { waits }] of commits.entries()) {
            done.push(applier.add({ said: saidBy(`${index + 1}`), sequence: index + 1, appendedAt: 0 }));
            for (let left = waits; left > 0; left--) await nextTick();
            expect(applier.applied).toBeLessThanOrEqual(applied.length);
          }
          await Promise.all(done);
          expect(applied).toEqual(commits.map((_, index) => `${index + 1}`));
          expect(applier.applied).toBe(commits.length);
        },
      ),
    );
  });

  it('stops at the first failure: who waits is told, and nothing later is applied', async () => {
    const applied: string[] = [];
    const applier = createApplier(
      {
        async apply({ dead }) {
          await nextTick();
          if (dead.some(({ pipeline }) => pipeline === '2')) throw new Error('no');
          applied.push(...dead.map(({ pipeline }) => pipeline));
        },
      },
      once,
      0,
    );
    const first = applier.add({ said: saidBy('1'), sequence: 1, appendedAt: 0 });
    const second = applier.add({ said: saidBy('2'), sequence: 2, appendedAt: 0 });
    await first;
    await expect(second).rejects.toThrow('no');
    await expect(applier.add({ said: saidBy('3'), sequence: 3, appendedAt: 0 })).rejects.toThrow('no');
    expect(applied).toEqual(['1']);
    expect(applier.applied).toBe(1);
  });
});
