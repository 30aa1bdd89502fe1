import type { Transferable } from 'node:worker_threads';
import { isPacked } from '../log/packed.ts';

/** What is handed over between the threads, not copied: messages are packed for that. */
export const memoryOf = (value: unknown): readonly Transferable[] => (isPacked(value) ? [value.data.buffer] : []);
