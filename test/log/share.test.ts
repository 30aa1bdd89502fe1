import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogMessage, LogReader } from '../../src/log/log.ts';
import { createShareReader } from '../../src/log/share.ts';
import { subjects } from '../../src/log/subjects.ts';

const partitions = [1, 3];
const wanted = (partition: number) => partitions.includes(partition);
const maxMessages = 6;

const numbered = (sequence: number, subject: string): LogMessage => ({
  sequence,
  subject,
  storedAt: 1_000 + sequence,
  data: Buffer.from(`message ${sequence}`),
});

/** Gives these batches one after another, then says that it is closed. */
function giving(batches: readonly (readonly LogMessage[])[]): LogReader {
  const left = [...batches];
  return { next: async () => left.shift() ?? [], close: async () => undefined };
}

async function allOf(reader: LogReader): Promise<readonly (readonly LogMessage[])[]> {
  const batches: (readonly LogMessage[])[] = [];
  for (let batch = await reader.next(); batch.length > 0; batch = await reader.next()) batches.push(batch);
  return batches;
}

describe('whoever works some partitions of EVENTS', () => {
  const batchesOfPartitions = fc.array(fc.array(fc.nat(4), { minLength: 1, maxLength: maxMessages }), {
    maxLength: 30,
  });

  it('reads what is theirs as it is, and of all else that it is there, in order and without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(batchesOfPartitions, fc.constantFrom(0, Infinity), async (given, othersWaitMs) => {
        let sequence = 0;
        const batches = given.map((parts) =>
          parts.map((partition) => numbered((sequence += 1), subjects.event(partition, 'acme', 'gong'))),
        );
        const read = await allOf(createShareReader(giving(batches), { partitions, maxMessages, othersWaitMs }));

        const whole = given.flat().map((partition, at) => ({ partition, message: batches.flat()[at] }));
        expect(read.flat().map((message) => message.sequence)).toEqual(whole.map(({ message }) => message?.sequence));
        expect(read.flat().map((message) => message.storedAt)).toEqual(whole.map(({ message }) => message?.storedAt));
        for (const [at, { partition, message }] of whole.entries()) {
          if (wanted(partition)) expect(read.flat()[at]).toEqual(message);
          else expect(read.flat()[at]?.data).toHaveLength(0);
        }
        for (const batch of read) expect(batch.length).toBeLessThan(2 * maxMessages);
      }),
    );
  });

  it('is woken by what is theirs alone, or where much has gathered that is not', async () => {
    await fc.assert(
      fc.asyncProperty(batchesOfPartitions, async (given) => {
        let sequence = 0;
        const theirs = new Set<number>();
        const batches = given.map((parts) =>
          parts.map((partition) => {
            sequence += 1;
            if (wanted(partition)) theirs.add(sequence);
            return numbered(sequence, subjects.event(partition, 'acme', 'gong'));
          }),
        );
        const read = await allOf(
          createShareReader(giving(batches), { partitions, maxMessages, othersWaitMs: Infinity }),
        );
        for (const batch of read.slice(0, -1))
          expect(batch.some((message) => theirs.has(message.sequence)) || batch.length >= maxMessages).toBe(true);
      }),
    );
  });

  it('hears after a while that others have come further, though nothing comes that is theirs', async () => {
    const others = [1, 2, 3].map((sequence) => [numbered(sequence, subjects.event(0, 'acme', 'gong'))]);
    const reader = createShareReader(giving(others), { partitions, maxMessages, othersWaitMs: 0 });
    expect((await reader.next()).map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('reads whole what all partitions are told: timers of theirs, models and settings', async () => {
    const told = [subjects.timer(3, 'acme'), subjects.models('acme'), subjects.settings('acme')];
    const messages = told.map((subject, at) => numbered(at + 1, subject));
    const read = await allOf(createShareReader(giving(messages.map((one) => [one])), { partitions, maxMessages }));
    expect(read).toEqual(messages.map((one) => [one]));
  });
});
