import { misfitsOf, type Misfit } from '../core/misfits.ts';
import type { Path } from './document.ts';
import { isRecord } from './environment.ts';
import { secretAbout } from './options.ts';
import { configSchema, type Config } from './schema.ts';

export interface Mended {
  /** What is left when what is wrong is taken out. */
  readonly config: Config;
  readonly misfits: readonly Misfit[];
  /** Whether something at, above or under the path was taken out: then what seems wrong there may only follow from it. */
  isSpoilt(path: Path): boolean;
  /** The path in the file of one in `config`, whose lists are shorter by what was taken out. */
  inFile(path: Path): Path;
}

/** Some faults show when others are gone, such as those of a part as a whole; deeper than this nothing is nested. */
const roundsMax = 8;

/**
 * Parses; what is wrong is taken out, so that the rest can still be looked at. `leftOut`: what is known to be wrong or missing
 * already, and is no fault once more. `hidden`: what is not to be shown, beside secrets.
 */
export function parseAndMend(
  value: Record<string, unknown>,
  { leftOut, hidden }: { readonly leftOut: readonly Path[]; readonly hidden: readonly Path[] },
): Mended {
  const spoilt: Path[] = [...leftOut];
  const gone: Path[] = [];
  const misfits: Misfit[] = [];
  const inFile = (path: Path): Path =>
    path.map((step, depth) => (typeof step === 'number' ? before(path.slice(0, depth), step) : step));
  const before = (list: Path, index: number): number => {
    const places = gone.flatMap((path) => (isSame(path.slice(0, -1), inFile(list)) ? [Number(path.at(-1))] : []));
    return places.toSorted((a, b) => a - b).reduce((at, place) => (place <= at ? at + 1 : at), index);
  };
  const isSpoilt = (path: Path): boolean => spoilt.some((each) => isAbove(each, path) || isAbove(path, each));

  const isSecret = (path: Path): boolean => {
    const there = inFile(path);
    return isHidden(path) || hidden.some((each) => isAbove(each, there) || isAbove(there, each));
  };

  for (let round = 0; round < roundsMax; round += 1) {
    const parsed = configSchema.safeParse(value);
    if (parsed.success) return { config: parsed.data, misfits, isSpoilt, inFile };
    const found = misfitsOf(configSchema, value, isSecret).map((each) => ({ each, path: inFile(each.path) }));
    const fresh = found.filter(({ path }) => !isSpoilt(path));
    misfits.push(...fresh.map(({ each, path }) => ({ ...each, path })));
    spoilt.push(...fresh.flatMap(({ each, path }) => (each.of === 'unknown-key' ? [] : [path])));
    const removed = takeOut(
      value,
      found.map(({ each }) => each),
    );
    gone.push(...removed.map(inFile));
  }
  return { config: configSchema.parse({}), misfits, isSpoilt: () => true, inFile };
}

/** What is not to be shown: secrets, and addresses, which may hold a password. */
export function isHidden(path: Path): boolean {
  return secretAbout(path) || /url$|^jwks$/i.test(String(path.at(-1)));
}

/** Takes what is wrong out of maps and lists; answers what it took out of lists, last first. */
function takeOut(value: Record<string, unknown>, misfits: readonly Misfit[]): readonly Path[] {
  const fromLists = new Map<string, Path>();
  for (const { path, of } of misfits) {
    const depth = path.findIndex((_, index) => Array.isArray(at(value, path.slice(0, index))));
    // What is left of a token without its rights is not what was meant.
    if (depth >= 0 && of !== 'unknown-key')
      fromLists.set(path.slice(0, depth + 1).join('\0'), path.slice(0, depth + 1));
    const holder = at(value, path.slice(0, -1));
    if (isRecord(holder)) delete holder[String(path.at(-1))];
  }
  const lastFirst = [...fromLists.values()].toSorted((a, b) => Number(b.at(-1)) - Number(a.at(-1)));
  for (const path of lastFirst) {
    const list = at(value, path.slice(0, -1));
    if (Array.isArray(list)) list.splice(Number(path.at(-1)), 1);
  }
  return lastFirst;
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (here, key) => (typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined),
    value,
  );

const isAbove = (above: Path, path: Path): boolean =>
  above.every((step, depth) => String(step) === String(path[depth]));

const isSame = (a: Path, b: Path): boolean => a.length === b.length && isAbove(a, b);
