import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startScript } from '../support/children.ts';
import { newFolder } from '../support/folder.ts';

const script = fileURLToPath(new URL('archive-crash.child.ts', import.meta.url));
const total = 4_000;
const kills = 4;
const folder = newFolder();

describe('the archive, killed in the middle of its work again and again', () => {
  it('has every event in ClickHouse exactly once, and its counts say so', async () => {
    for (let kill = 1; kill <= kills; kill += 1) {
      const child = start('feed', String(Math.floor((total * kill) / kills)));
      // Another number of lines each time: batches of 400 are in every stage by then.
      await afterLines(child, 8 + kill * 3);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const feeding = start('feed', String(total));
    await afterLine(feeding, (line) => Number(line) > total - 50);
    feeding.kill('SIGKILL');
    await once(feeding, 'exit');

    const finishing = start('finish');
    const { lastSequence, stored, counts } = answered.parse(JSON.parse(await text(outputOf(finishing))));
    expect(lastSequence).toBeGreaterThan(total - 50);
    expect(counts).toEqual({ 'acme/stripe': { stored: lastSequence, dead: 0 } });
    expect(stored).toMatchObject({ events: lastSequence });
  }, 120_000);
});

const answered = z.object({ lastSequence: z.number(), stored: z.unknown(), counts: z.unknown() });

const start = (...args: readonly string[]): ChildProcess => startScript(script, [folder, ...args]);

async function afterLines(child: ChildProcess, wanted: number): Promise<void> {
  let lines = 0;
  await afterLine(child, () => (lines += 1) >= wanted);
}

async function afterLine(child: ChildProcess, isIt: (line: string) => boolean): Promise<void> {
  for await (const line of createInterface({ input: outputOf(child) })) if (isIt(line)) return;
}

function outputOf({ stdout }: ChildProcess): Readable {
  if (!stdout) throw new Error('The child has no output.');
  return stdout;
}
