/** A log in a folder that takes only so much: appends until it is refused, and goes on when there is room. Run under `ulimit -f`. */
import { systemClock as clock } from '../../src/core/clock.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { streamDefinitions } from '../../src/log/streams.ts';

const [, , path = ''] = process.argv;
const told: string[] = [];
process.on('unhandledRejection', (error) => told.push(`unhandled: ${String(error)}`));
const log = await createEmbeddedLog({
  path,
  definitions: streamDefinitions(),
  clock,
  happened: { logDisconnected: () => told.push('disconnected'), logReconnected: () => told.push('reconnected') },
});
const append = (bytes: number, id: string) =>
  log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.stripe', data: Buffer.alloc(bytes, 'x'), id });
const { appended, refusal } = await appendUntilRefused(0);
const { lastSequence } = await log.info('EVENTS');
const small = await answerTo(append(10, 'small'));
const again = await answerTo(append(200_000, `large ${appended}`));
process.stdout.write(JSON.stringify({ appended, lastSequence, code: codeOf(refusal), told, small, again }));
process.exit(0);

async function appendUntilRefused(appended: number): Promise<{ readonly appended: number; readonly refusal: unknown }> {
  try {
    await append(200_000, `large ${appended}`);
  } catch (refusal) {
    return { appended, refusal };
  }
  return appendUntilRefused(appended + 1);
}

async function answerTo(appending: ReturnType<typeof append>): Promise<string> {
  try {
    return (await appending).kind;
  } catch {
    return 'refused';
  }
}

function codeOf(refusal: unknown): unknown {
  return typeof refusal === 'object' && refusal !== null && 'code' in refusal ? refusal.code : undefined;
}
