import type { Log, LogMessage, LogReader, StreamName } from '../../src/log/log.ts';
import {
  defaultRetention,
  defaultWork,
  streamDefinitions,
  type StreamDefinition,
  type WorkSettings,
} from '../../src/log/streams.ts';

export const smallDefinitions = streamDefinitions({
  ...defaultRetention,
  eventsMaxBytes: 64 * 1024 ** 2,
  signalsMaxBytes: 64 * 1024 ** 2,
  othersMaxBytes: 64 * 1024 ** 2,
});

export const smallWork: WorkSettings = { ...defaultWork, maxBytes: 16 * 1024 ** 2 };

export function definitionsWith(name: StreamName, change: Partial<StreamDefinition>): readonly StreamDefinition[] {
  return smallDefinitions.map((definition) => (definition.name === name ? { ...definition, ...change } : definition));
}

/** Appends so many, many at once, in order. */
export async function appendMany(log: Log, count: number): Promise<void> {
  const texts = range(1, count).map((index) => `message ${index}`);
  await Promise.all(
    texts.map((text) => log.append({ stream: 'EVENTS', subject: 'weir.events.3.acme.gong', data: Buffer.from(text) })),
  );
}

export async function take(reader: LogReader, count: number): Promise<LogMessage[]> {
  const taken: LogMessage[] = [];
  while (taken.length < count) taken.push(...(await reader.next()));
  return taken;
}

export function textOf(message: LogMessage | undefined): string | undefined {
  return message && Buffer.from(message.data).toString();
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
