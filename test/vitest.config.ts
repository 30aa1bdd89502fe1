import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests with servers and daemons of their own. */
const integration = 'test/integration/**/*.test.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Integration tests start servers and daemons of their own: with more files at once they would be timed out by one another.
    maxWorkers: 2,
    // All far beyond what anything takes, on a slow machine with much to do, too.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 5 } },
    sequence: {
      // What takes longest begins first: at the end of a run one process would wait for the other.
      sequencer: class extends BaseSequencer {
        override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
          return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
        }
      },
    },
    projects: [
      { extends: true, test: { name: 'integration', include: [integration] } },
      // One process for many files: it loads what they all import once, which takes as long as most of them.
      {
        extends: true,
        test: { name: 'units', include: ['test/**/*.test.ts'], exclude: [integration], isolate: false },
      },
    ],
  },
});

const longFirst = ['/integration/', '/agents/', '/mcp/', '/simulate/', '/store/'];

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longFirst.findIndex((folder) => moduleId.includes(folder));
  return rank < 0 ? longFirst.length : rank;
}
