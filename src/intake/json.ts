import { isUtf8 } from 'node:buffer';
import { messageOf, WeirError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { IntakeLimits } from './limits.ts';

/**
 * The JSON in a body. Throws `body-malformed` for what is not UTF-8, not JSON, nested too deep, of too many values, or holds
 * a name that would change what objects are made of (`__proto__`, `constructor.prototype`).
 *
 * Depth and count are judged on the text, before anything is built of it.
 */
export function parseJson(body: Buffer, limits: Pick<IntakeLimits, 'depth' | 'values'>): Json {
  if (!isUtf8(body)) throw new WeirError('body-malformed', 'The body is not valid UTF-8.');
  checkShape(body, limits);
  const text = body.toString('utf8');
  const parsed = parsedJson(text);
  if (suspectName.test(text)) checkNames(parsed);
  return parsed;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** One pass over the bytes. Counts openings and commas outside of strings: each is at most one more value. */
function checkShape(body: Buffer, limits: Pick<IntakeLimits, 'depth' | 'values'>): void {
  let depth = 0;
  let values = 0;
  const { length } = body;
  for (let at = 0; at < length; at += 1) {
    const byte = body[at];
    if (byte === quote) {
      at = endOfString(body, at + 1);
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      values += 1;
      if (depth > limits.depth)
        throw new WeirError('body-malformed', `The body is nested deeper than ${limits.depth} levels.`);
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    } else if (byte === comma) {
      values += 1;
    }
  }
  if (values > limits.values)
    throw new WeirError('body-malformed', `The body holds more than ${limits.values} values.`);
}

function endOfString(body: Buffer, from: number): number {
  const { length } = body;
  let at = from;
  while (at < length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}

function parsedJson(text: string): Json {
  try {
    const parsed: Json = JSON.parse(text);
    return parsed;
  } catch (error) {
    // V8's message quotes the text around the fault: enough to find it, and cut so that it quotes little.
    throw new WeirError('body-malformed', `The body is not JSON: ${messageOf(error).slice(0, 120)}`, { cause: error });
  }
}

/** Text that may hold such a name: written out, or with one of its letters as an escape. Linear, unlike a match of whole names. */
const suspectName = /__proto__|"constructor"|\\u00(?:5f|63|6[ef]|7[02345])/i;

function checkNames(parsed: Json): void {
  const next: Json[] = [parsed];
  for (let value = next.pop(); value !== undefined; value = next.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__') || hidesPrototype(value)) {
      throw new WeirError(
        'body-malformed',
        'The body holds a name that is not allowed: __proto__ or constructor.prototype.',
      );
    }
    for (const inner of Object.values(value)) next.push(inner);
  }
}

function hidesPrototype(value: object): boolean {
  if (!Object.hasOwn(value, 'constructor')) return false;
  const { constructor } = value;
  return typeof constructor === 'object' && constructor !== null && Object.hasOwn(constructor, 'prototype');
}
