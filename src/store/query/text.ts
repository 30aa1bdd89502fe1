/** A piece of a normalised statement. Strings are taken out: nothing in them means anything. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'sign';
  readonly text: string;
}

/**
 * The tokens of a statement as `formatQuerySingleLine` writes it: strings in single quotes, names in backticks where they need
 * it, no comments. Undefined where a quoted name holds an escape: a line break in it would look like a node of the tree.
 */
export function tokensOf(normalised: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (const match of normalised.matchAll(pattern)) {
    const { string, quoted, word, sign } = match.groups ?? {};
    if (string !== undefined) continue;
    if (quoted !== undefined) {
      if (/[\\\p{Cc}]/u.test(quoted)) return undefined;
      tokens.push({ kind: 'quoted', text: quoted.slice(1, -1) });
    } else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

const pattern =
  /(?<string>'(?:[^'\\]|\\.|'')*')|(?<quoted>`(?:[^`\\]|\\.|``)*`)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<sign>[^\s])/gsu;

/** Names given to subqueries ahead of the statement: `WITH name AS (`. The tree does not say them. */
export function subqueryNames(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    const [as, bracket] = [tokens[index + 1], tokens[index + 2]];
    if (token.kind !== 'sign' && as?.text === 'AS' && as.kind === 'word' && bracket?.text === '(')
      names.add(token.text);
  }
  return names;
}

export function hasWord(tokens: readonly Token[], word: string): boolean {
  return tokens.some(({ kind, text }) => kind === 'word' && text.toUpperCase() === word);
}
