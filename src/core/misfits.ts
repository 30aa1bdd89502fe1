import { z } from 'zod';
import { didYouMean } from './suggest.ts';
import { cut, kinds, listed, shownMax, wanted } from './wanted.ts';

/** One thing about a value that is not as its schema says. */
export interface Misfit {
  readonly path: readonly PropertyKey[];
  /** What was expected and what is there, without the path: `expected a number, got "high"`. At most `messageMax` characters. */
  readonly message: string;
  /** `unknown-key`: the path's last key is none that the schema knows. `key`: it is no key such as the schema asks for. */
  readonly of: 'value' | 'key' | 'unknown-key';
}

/**
 * What is wrong with a value, in plain words, at most `misfitsMax` things; empty where it fits. The one place that words what a
 * schema refuses: a text of the schema's own is kept, and all else is said here. What is there is shown cut short, and not at
 * all where `isSecret`, or the name of a key, says that nobody is to see it.
 */
export function misfitsOf(
  schema: z.core.$ZodType,
  value: unknown,
  isSecret: (path: Path) => boolean = () => false,
): readonly Misfit[] {
  const { error } = z.safeParse(schema, value, { error: silent, reportInput: true });
  const misfits = (error?.issues ?? []).flatMap((issue) => misfitsIn(issue, { root: value, isSecret, above: [] }));
  return firstOfEach(misfits).slice(0, misfitsMax);
}

/** A text that is too short and of another form is wrong once. */
function firstOfEach(misfits: readonly Misfit[]): readonly Misfit[] {
  const byPlace = new Map<string, Misfit>();
  for (const each of misfits) {
    const place = pointerOf(each.path);
    if (!byPlace.has(place)) byPlace.set(place, each);
  }
  return [...byPlace.values()];
}

/** The same of an error that a schema has thrown; what was there is not known of it any more. */
export function misfitText(error: z.core.$ZodError): string {
  const [first, ...more] = error.issues.flatMap((issue) => misfitsIn(unworded(issue), undefined));
  if (!first) return 'not as expected';
  return more.length === 0 ? pointed(first) : `${pointed(first)} (and ${more.length} more)`;
}

/** RFC 6901. */
export function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** As `/data/value: expected a number, got "high"`; of the value as a whole without a pointer. */
export function pointed({ path, message }: Pick<Misfit, 'path' | 'message'>): string {
  return path.length === 0 ? message : `${pointerOf(path)}: ${message}`;
}

export const misfitsMax = 200;
export const messageMax = 400;

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** What was looked at, and where in it a union's own issues begin. Undefined: nobody knows. */
interface Around {
  readonly root: unknown;
  readonly isSecret: (path: Path) => boolean;
  readonly above: Path;
}

/** An empty text marks what the schema has no words for; of unknown keys it is those there are, which is not known later on. */
const silent: z.core.$ZodErrorMap = ({ code, inst }) =>
  code === 'unrecognized_keys' && inst instanceof z.ZodObject ? Object.keys(inst.shape).join('\n') : '';

/** Without zod's words, which cannot be told from a schema's own any more. */
function unworded(issue: Issue): Issue {
  if (issue.code === 'invalid_union' && issue.inclusive !== false) {
    return { ...issue, message: '', errors: issue.errors.map((errors) => errors.map(unworded)) };
  }
  return { ...issue, message: issue.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : '' };
}

function misfitsIn(issue: Issue, around: Around | undefined): readonly Misfit[] {
  const path = [...(around?.above ?? []), ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message === '' ? [] : issue.message.split('\n');
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known), of: 'unknown-key' }));
  }
  if (issue.code === 'invalid_key') {
    const [inner] = issue.issues;
    const message = (around && inner?.message) || `expected ${(inner && wanted(inner)) ?? 'another name'}`;
    return [{ path, message: cut(message, messageMax), of: 'key' }];
  }
  if (issue.code === 'invalid_union' && issue.message === '') {
    const branch = branchMeant(issue);
    if (branch) return branch.flatMap((inner) => misfitsIn(inner, around && { ...around, above: path }));
  }
  return [{ path, message: cut(worded(issue, path, around), messageMax), of: 'value' }];
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = didYouMean(key, known);
  if (meant !== '' || known.length === 0) return `unknown key${meant}`;
  return `unknown key; there are ${listed(known)}`;
}

function worded(issue: Issue, path: Path, around: Around | undefined): string {
  const own = issue.message.replace(/\.$/, '');
  const expected = own === '' ? `expected ${wanted(issue) ?? 'something else'}` : own;
  if (!around) return expected;
  const there = thereIn(issue, path, around.root);
  if (there === undefined) return path.length === 0 ? `${expected}, got nothing` : `is missing; ${expected}`;
  const isSecret = around.isSecret(path) || secretName.test(String(path.at(-1)));
  // A text of the schema's own about a whole object or list says it all.
  if (issue.code === 'custom' && own !== '' && typeof there === 'object' && there !== null) return own;
  return isSecret && typeof there === 'string' ? expected : `${expected}, got ${shown(there, isSecret)}`;
}

/** Of a union told by a key it is that key; text that was to become a number is none by now: what was sent is shown. */
function thereIn(issue: Issue, path: Path, root: unknown): unknown {
  if (issue.code === 'invalid_union' && 'discriminator' in issue && issue.discriminator !== undefined) {
    return isRecord(issue.input) ? Reflect.get(issue.input, issue.discriminator) : undefined;
  }
  if (typeof issue.input !== 'number' || !Number.isNaN(issue.input)) return issue.input;
  return path.reduce<unknown>((at, key) => (isRecord(at) ? Reflect.get(at, key) : undefined), root) ?? issue.input;
}

const secretName = /secret|token|passw|authorization|credential|api-?key|^key$/i;

function shown(there: unknown, secret: boolean): string {
  if (Array.isArray(there)) return there.length === 0 ? 'an empty list' : `a list of ${there.length}`;
  if (there instanceof Date) return 'a time';
  if (typeof there === 'object' && there !== null) return 'an object';
  if (secret && there !== null) return kinds.get(typeof there) ?? 'something else';
  if (typeof there === 'string') return there === '' ? 'an empty text' : JSON.stringify(cut(there, shownMax));
  if (Number.isNaN(there)) return 'no number';
  return typeof there === 'function' ? 'a function' : cut(String(there), shownMax);
}

/** The alternative that was most likely meant: the only one that goes wrong further inside than at its top. */
function branchMeant({ errors }: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const inside = errors.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  const far = (issues: readonly Issue[]) =>
    issues.reduce((sum, { code }) => sum + (code === 'unrecognized_keys' ? 2 : 1), 0);
  return inside.toSorted((a, b) => far(a) - far(b))[0] ?? (errors.length === 1 ? errors[0] : undefined);
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null;
