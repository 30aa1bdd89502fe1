import { expect, onTestFinished, test } from 'vitest';
import { streamDefinitions } from '../../src/log/streams.ts';
import { subjects } from '../../src/log/subjects.ts';
import { describeLog } from '../conformance/log.ts';
import { makeEmbedded } from '../support/embedded-log.ts';

describeLog('LMDB', makeEmbedded);

test('a log that an older weir made gets the streams that were added since, and keeps what it has', async () => {
  const made = await makeEmbedded();
  onTestFinished(() => made.dispose());
  const letter = {
    stream: 'DEADLETTERS',
    subject: subjects.deadLetter('acme', 'intake'),
    data: Buffer.from('1'),
  } as const;
  const older = await made.open(streamDefinitions().filter(({ name }) => name !== 'AUDIT'));
  await older.append(letter);
  const { created } = await older.info('DEADLETTERS');
  await older.close();

  const log = await made.open(streamDefinitions());
  expect(await log.info('DEADLETTERS')).toMatchObject({ created, lastSequence: 1 });
  const entry = { stream: 'AUDIT', subject: subjects.audit('acme'), data: Buffer.from('2') } as const;
  expect(await log.append(entry)).toEqual({ kind: 'appended', sequence: 1 });
  expect(await log.append(letter)).toEqual({ kind: 'appended', sequence: 2 });
  await log.close();
});
