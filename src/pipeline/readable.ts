import type { ModelRecord } from '../core/model.ts';

/** A JSON object, or undefined. What is in it is still to be looked at. */
export function readable<T extends object>(text: string): (Partial<T> & T) | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as T) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isModelRecord(record: Partial<ModelRecord>): record is ModelRecord {
  if (record.record === 'release') return typeof record.at === 'string' && hasTimes(record.at);
  return record.record === 'example' && typeof record.time === 'string' && hasTimes(record.time);
}

export const hasTimes = (...times: readonly string[]): boolean =>
  times.every((time) => !Number.isNaN(Date.parse(time)));
