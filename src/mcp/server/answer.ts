import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Json } from '../../core/json.ts';
import { cleanText } from '../clean.ts';
import { DoorRefused } from './doors.ts';
import { tooLarge } from './http-doors.ts';

/** Largest answer to one call, bytes: what a model can do something with. */
export const answerMax = 256 * 1024;

/** What a door gave, as text. A refusal is an answer, too: whoever asks can read what to do otherwise. */
export async function answered(asking: Promise<Json>): Promise<CallToolResult> {
  try {
    const found = await asking;
    const text = cleanText(typeof found === 'string' ? found : JSON.stringify(found));
    if (Buffer.byteLength(text) > answerMax) throw tooLarge(answerMax);
    return { content: [{ type: 'text', text }] };
  } catch (error) {
    if (!(error instanceof DoorRefused)) throw error;
    return { content: [{ type: 'text', text: cleanText(error.message) }], isError: true };
  }
}
