/**
 * The bytes of each object in a list at the top of a JSON object, `{"scores":[{…},{…}],…}`, without parsing them: what is wrong
 * inside of one ClickHouse says. Throws a SyntaxError where there is no such list, or it has no end.
 */
export function elementsOf(json: Uint8Array, name: string): readonly Uint8Array[] {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const list = `"${name}":[`;
  // Within a string the quotes would be escaped.
  const from = bytes.indexOf(list, 0, 'latin1');
  if (from < 0) throw new SyntaxError(`There is no list "${name}".`);

  const elements: Uint8Array[] = [];
  let depth = 0;
  let start = 0;
  for (let at = from + list.length; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at + 1);
    } else if (byte === openingBrace || byte === openingBracket) {
      if (depth === 0) start = at;
      depth += 1;
    } else if (byte === closingBrace || byte === closingBracket) {
      if (depth === 0) return elements;
      depth -= 1;
      if (depth === 0) elements.push(bytes.subarray(start, at + 1));
    }
  }
  throw new SyntaxError(`The list "${name}" has no end.`);
}

const quote = 0x22;
const backslash = 0x5c;
const openingBrace = 0x7b;
const closingBrace = 0x7d;
const openingBracket = 0x5b;
const closingBracket = 0x5d;

/** Where the string ends that began before `from`: the place of its closing quote, or the end of all where it has none. */
export function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
