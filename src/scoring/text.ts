/** How much of a text is read for scoring; the rest says little more and costs the same again. */
export const textCharsMax = 2_000;

/**
 * The words of an HTML body, for scoring alone (it is never shown as HTML): tags become gaps, scripts, styles and
 * comments go, entities are read, white space is one space. One pass, so odd markup costs no more than plain text.
 */
export function plainText(html: string, charsMax = textCharsMax): string {
  const source = html.slice(0, charsMax * 4);
  const text = source.includes('<') ? withoutTags(source) : source;
  const decoded = text.includes('&') ? text.replace(entity, readEntity) : text;
  return decoded.replace(/\s+/g, ' ').trim().slice(0, charsMax);
}

function withoutTags(source: string): string {
  let text = '';
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('<', at);
    if (open < 0) return text + source.slice(at);
    text += source.slice(at, open);
    const name = tagAt(source, open);
    if (name === undefined) {
      text += '<';
      at = open + 1;
      continue;
    }
    text += ' ';
    at = endOfTag(source, open, name);
  }
  return text;
}

/** The tag that starts here, in lower case; undefined for a `<` that is just a sign (`a < b`). */
function tagAt(source: string, open: number): string | undefined {
  return /^<(!--|[/!?]?[a-z][a-z0-9]*)/i.exec(source.slice(open, open + 16))?.[1]?.toLowerCase();
}

function endOfTag(source: string, open: number, name: string): number {
  const end = (found: number, length: number): number => (found < 0 ? source.length : found + length);
  if (name === '!--') return end(source.indexOf('-->', open), 3);
  const close = end(source.indexOf('>', open), 1);
  if (name !== 'script' && name !== 'style') return close;
  return end(source.indexOf(`</${name}>`, close), name.length + 3);
}

const entity = /&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});/gi;
const named = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: ' ',
    rsquo: '’',
    lsquo: '‘',
    ndash: '–',
    mdash: '—',
    hellip: '…',
    euro: '€',
  }),
);

function readEntity(written: string, body: string): string {
  const lower = body.toLowerCase();
  if (!lower.startsWith('#')) return named.get(lower) ?? written;
  const code = lower.startsWith('#x') ? Number.parseInt(lower.slice(2), 16) : Number(lower.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : written;
}

/** What a reader is shown of a text: short, whole, and cut with an ellipsis where it goes on. Never half a character. */
export function quoteOf(text: string, charsMax = 160): string {
  const shown = text.length <= charsMax ? text : `${text.slice(0, charsMax - 1).replace(halfAtEnd, '')}…`;
  // Looked for first: most texts have none, and to look for halves takes long.
  return surrogate.test(shown) ? shown.replace(half, '\ufffd') : shown;
}

const surrogate = /[\ud800-\udfff]/;
/** Half of a surrogate pair. ClickHouse refuses the row it stands in. */
const half = /\p{Surrogate}/gu;
const halfAtEnd = /\p{Surrogate}$/u;
