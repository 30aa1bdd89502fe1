import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import { messageBytesMax } from '../../src/log/limits.ts';
import type { Log } from '../../src/log/log.ts';
import { createPipelineDeadLetters } from '../../src/pipeline/dead-letters.ts';
import { aCommit } from '../support/commit.ts';
import { createMemoryLog } from '../support/memory-log.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };

const commit = aCommit({
  dead: [{ pipeline: 'p', eventId: 'e', org: 'acme', sequence: 1, reason: 'pipeline-failed', detail: 'why' }],
});

describe('an event a pipeline could not handle', () => {
  it('is a dead letter also where its bytes are too many for one: the letter says so, and the partition goes on', async () => {
    const memory = createMemoryLog(clock);
    // As both real logs do.
    const log: Log = {
      ...memory,
      async append(message) {
        if (message.data.length > messageBytesMax) throw new WeirError('message-too-large', 'too large');
        return memory.append(message);
      },
    };
    const data = Buffer.alloc(messageBytesMax - 100, 'x');
    await log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data });
    await createPipelineDeadLetters(log).apply(commit, clock.now(), { from: 1, to: 1 });
    expect(memory.jsonOf('DEADLETTERS')).toMatchObject([
      { eventId: 'e', source: 'custom', body: '', detail: expect.stringContaining('too many') },
    ]);
  });
});
