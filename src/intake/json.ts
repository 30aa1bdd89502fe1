import { isUtf8 } from 'node:buffer';
import { messageOf, WeirError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { IntakeLimits } from './limits.ts';

/**
 * The JSON in a body. Throws `body-malformed` for what is not UTF-8, not JSON, nested too deep, of too many values, or holds
 * a name that would change what objects are made of (`__proto__`, `constructor.prototype`).
 */
export function parseJson(body: Buffer, limits: Pick<IntakeLimits, 'depth' | 'values'>): Json {
  if (!isUtf8(body)) refuse('The body is not valid UTF-8.');
  if (body.length > scanFromBytes) scanShape(body, limits);
  const parsed = parsedJson(body.toString('utf8'));
  checkShape(parsed, limits);
  return parsed;
}

/**
 * Larger bodies are judged before anything is built of them: one made to be expensive (5 MB of brackets) would stall the
 * loop for a second. For the small ones a pass over the bytes costs as much as parsing, a walk over the result a tenth.
 */
const scanFromBytes = 64 * 1024;

function parsedJson(text: string): Json {
  try {
    const parsed: Json = JSON.parse(text);
    return parsed;
  } catch (error) {
    // V8's message quotes the text around the fault: enough to find it, and cut so that it quotes little.
    throw new WeirError('body-malformed', `The body is not JSON: ${messageOf(error).slice(0, 120)}`, { cause: error });
  }
}

/** Level by level, so that no nesting exhausts the stack. */
function checkShape(parsed: Json, limits: Pick<IntakeLimits, 'depth' | 'values'>): void {
  let level: Container[] = isContainer(parsed) ? [parsed] : [];
  let values = 1;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.depth) tooDeep(limits);
    const inner: Container[] = [];
    for (const container of level) values += checkMembers(container, inner);
    if (values > limits.values) tooMany(limits);
    level = inner;
  }
}

/** Counts a container's members, and notes those that are containers themselves. */
function checkMembers(container: Container, inner: Container[]): number {
  if (isList(container)) {
    for (const value of container) if (isContainer(value)) inner.push(value);
    return container.length;
  }
  let members = 0;
  // Of what JSON.parse made, `in` lists exactly the names that were written, `__proto__` among them.
  for (const name in container) {
    members += 1;
    const value = container[name];
    if (name === '__proto__') refuse('The body holds the name __proto__, which is not allowed.');
    if (!isContainer(value)) continue;
    if (name === 'constructor' && Object.hasOwn(value, 'prototype')) {
      refuse('The body holds the names constructor.prototype, which are not allowed.');
    }
    inner.push(value);
  }
  return members;
}

type Container = JsonObject | readonly Json[];

function isContainer(value: Json | undefined): value is Container {
  return typeof value === 'object' && value !== null;
}

/** `Array.isArray` tells nothing of lists that are only read. */
const isList: (container: Container) => container is readonly Json[] = Array.isArray;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** One pass over the bytes. There are more values than commas outside of strings; the walk counts exactly. */
function scanShape(body: Buffer, limits: Pick<IntakeLimits, 'depth' | 'values'>): void {
  let depth = 0;
  let commas = 0;
  const { length } = body;
  for (let at = 0; at < length; at += 1) {
    const byte = body[at];
    if (byte === quote) at = endOfString(body, at + 1);
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    else if (byte === comma) commas += 1;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > limits.depth) tooDeep(limits);
    }
    if (commas >= limits.values) tooMany(limits);
  }
}

function endOfString(body: Buffer, from: number): number {
  let at = from;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}

function tooDeep({ depth }: Pick<IntakeLimits, 'depth'>): never {
  return refuse(`The body is nested deeper than ${depth} levels.`);
}

function tooMany({ values }: Pick<IntakeLimits, 'values'>): never {
  return refuse(`The body holds more than ${values} values.`);
}

function refuse(detail: string): never {
  throw new WeirError('body-malformed', detail);
}
