import type { CallToolResult } from '@modelcontextprotocol/client';
import { messageOf } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { cleanJson, cleanText } from '../clean.ts';
import { ToolFault } from './fault.ts';
import type { Check } from './schema.ts';

/** What a tool answered: data, whatever it reads like. `untrusted` goes with it to whoever is given it. */
export interface ToolAnswer extends JsonObject {
  /** `everything/echo` */
  readonly tool: string;
  readonly untrusted: true;
  /** Its text parts, a line between them. */
  readonly text: string;
  /** The text went on. */
  readonly cut: boolean;
  /** What it answered as JSON, as its pinned schema says; null where it has none. */
  readonly data: Json;
  /** Parts that are no text (images, sounds, links), which are not passed on. */
  readonly leftOut: number;
}

export interface ResultRules {
  readonly tool: string;
  /** Longest text, and longest data as JSON, in characters. */
  readonly resultMax: number;
  /** Of the pinned output schema; undefined where it has none. */
  readonly check: Check | undefined;
}

/** The answer in a result. Throws a `ToolFault`: `transient` where the tool says that it failed, else `invalid`. */
export function answerOf(result: CallToolResult, { tool, resultMax, check }: ResultRules): ToolAnswer {
  const texts = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const whole = texts.join('\n');
  const text = cleanText(whole.slice(0, resultMax));
  if (result.isError) throw new ToolFault('transient', `${tool} failed: ${text.slice(0, detailMax)}`);
  return {
    tool,
    untrusted: true,
    text,
    cut: whole.length > resultMax,
    data: dataOf(result.structuredContent, { tool, resultMax, check }),
    leftOut: result.content.length - texts.length,
  };
}

const detailMax = 500;

function dataOf(content: unknown, { tool, resultMax, check }: ResultRules): Json {
  // Without a pinned schema nobody knows what it may hold.
  if (!check) return null;
  if (content === undefined) throw new ToolFault('invalid', `${tool} answered without the data its schema promises`);
  const json = JSON.stringify(content);
  if (json.length > resultMax) {
    throw new ToolFault('invalid', `${tool} answered ${json.length} characters of data; ${resultMax} are taken`);
  }
  const data: Json = JSON.parse(json);
  const wrong = check(data);
  if (wrong !== undefined) {
    throw new ToolFault('invalid', `${tool} breaks its schema: ${cleanText(wrong).slice(0, detailMax)}`);
  }
  try {
    return cleanJson(data);
  } catch (error) {
    throw new ToolFault('invalid', `${tool} answered data that is refused: ${messageOf(error)}`, { cause: error });
  }
}
