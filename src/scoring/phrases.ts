import { tokenise, type Token } from './tokens.ts';

interface PhraseHit<T> {
  readonly value: T;
  /** How many tokens it covers. */
  readonly length: number;
}

/** Finds the longest known phrase that starts at a token; one look-up a token where none does. */
export type PhraseFinder<T> = (tokens: readonly Token[], at: number) => PhraseHit<T> | undefined;

/** A finder of words and phrases, written as in a text (`still waiting`, `can't log in`). Later entries win. */
export function createPhrases<T>(entries: Iterable<readonly [phrase: string, value: T]>): PhraseFinder<T> {
  const root = new Map<string, Node<T>>();
  for (const [phrase, value] of entries) add(root, tokenise(phrase), value);
  return (tokens, at) => longest(root, tokens, at);
}

interface Node<T> {
  value?: T;
  next?: Map<string, Node<T>>;
}

function add<T>(root: Map<string, Node<T>>, tokens: readonly Token[], value: T): void {
  let level = root;
  tokens.forEach((token, index) => {
    let node = level.get(token.word);
    if (!node) level.set(token.word, (node = {}));
    if (index === tokens.length - 1) node.value = value;
    else level = node.next ??= new Map();
  });
}

function longest<T>(root: Map<string, Node<T>>, tokens: readonly Token[], at: number): PhraseHit<T> | undefined {
  let hit: PhraseHit<T> | undefined;
  let level: Map<string, Node<T>> | undefined = root;
  for (let i = at; level && i < tokens.length; i++) {
    const node: Node<T> | undefined = level.get(tokens[i]?.word ?? '');
    if (!node) break;
    if (node.value !== undefined) hit = { value: node.value, length: i - at + 1 };
    level = node.next;
  }
  return hit;
}
