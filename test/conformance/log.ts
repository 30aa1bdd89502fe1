import { describe } from 'vitest';
import { describeAppend } from './append.ts';
import { describeKept } from './kept.ts';
import { describeRead } from './read.ts';
import { describeRetention } from './retention.ts';
import { createSetting, type LogUnderTest } from './setting.ts';
import { describeWork } from './work.ts';

/** What every adapter of the log promises. */
export function describeLog(name: string, make: () => Promise<LogUnderTest>): void {
  describe(`the log on ${name}`, () => {
    const setting = createSetting(make);
    describeAppend(setting);
    describeRead(setting);
    describeRetention(setting);
    describeWork(setting);
    describeKept(setting);
  });
}
