import { afterEach, beforeEach } from 'vitest';
import type { Appended, Log } from '../../src/log/log.ts';
import type { StreamDefinition, WorkSettings } from '../../src/log/streams.ts';

/** A log to put to the test, with a hand on what lies under it. */
export interface LogUnderTest {
  open(definitions?: readonly StreamDefinition[], work?: WorkSettings): Promise<Log>;
  /** Keeps a copy of all that is stored. No log may be open. */
  save(): Promise<void>;
  /** Puts the copy back, as one restores a backup. No log may be open. */
  restore(): Promise<void>;
  /** Lets time pass, where time is ours to move; elsewhere it passes by itself. */
  age(ms: number): void;
  dispose(): Promise<void>;
}

export const subject = 'weir.events.3.acme.gong';

/** A log for each test, as it is now. */
export interface Setting {
  readonly under: LogUnderTest;
  readonly log: Log;
  /** Closes the log and opens it anew, which is the log from then on; `closed` is done between the two. */
  reopen(how?: Reopening): Promise<Log>;
  /** Another log of the same kind, for the test to take away. */
  readonly another: () => Promise<LogUnderTest>;
  /** Appends to EVENTS, under {@link subject} where no other is given. */
  append(text: string, more?: { subject?: string; id?: string; expectLast?: number }): Promise<Appended>;
}

export interface Reopening {
  readonly definitions?: readonly StreamDefinition[];
  readonly work?: WorkSettings;
  readonly closed?: () => Promise<void>;
}

/** Makes a log before each test of whoever calls it, and takes it away after. */
export function createSetting(make: () => Promise<LogUnderTest>): Setting {
  let made: { under: LogUnderTest; log: Log } | undefined;
  const now = () => {
    if (!made) throw new Error('a log is there during tests alone');
    return made;
  };
  beforeEach(async () => {
    const under = await make();
    made = { under, log: await under.open() };
  });
  afterEach(async () => {
    const { under, log } = now();
    await log.close();
    await under.dispose();
  });
  return {
    get under() {
      return now().under;
    },
    get log() {
      return now().log;
    },
    another: make,
    async reopen({ definitions, work, closed } = {}) {
      const { under, log } = now();
      await log.close();
      await closed?.();
      made = { under, log: await under.open(definitions, work) };
      return made.log;
    },
    append: (text, more = {}) => now().log.append({ stream: 'EVENTS', subject, data: Buffer.from(text), ...more }),
  };
}
