import { startBatch } from '../../src/store/clickhouse/rewriter/making.ts';
import type { Rewriter } from '../../src/store/clickhouse/rewriter/rewriter.ts';

/** Makes rows where it is called, at once. */
export const inlineRewriter: Rewriter = {
  begin: (stream) => {
    const making = startBatch(stream);
    return {
      add: async (messages) => {
        for (const message of messages) making.add(message);
        return making.rows();
      },
      end: async () => making.end(),
    };
  },
  close: async () => undefined,
};
