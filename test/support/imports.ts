/** An import of one of our files by another, as paths from the root. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Only types come through it. */
  readonly types: boolean;
}

/** The joints: what others may know of a folder, as types. */
const ports = new Set([
  'src/log/log.ts',
  'src/intake/source.ts',
  'src/orchestration/agent.ts',
  'src/scoring/scorer.ts',
  'src/store/store.ts',
  'src/push/protocol.ts',
  'src/auth/identity.ts',
  'src/config/schema.ts',
]);

/** Pure parts of a port, which may be imported as values. */
const helpers = new Set([
  'src/log/subjects.ts',
  'src/log/streams.ts',
  'src/log/position.ts',
  'src/log/limits.ts',
  'src/log/packed.ts',
  'src/auth/identity.ts',
  'src/config/schema.ts',
  'src/mcp/config.ts',
  'src/orchestration/facts.ts',
  'src/providers/config.ts',
  'src/explain/explanation.ts',
  'src/explain/difference.ts',
]);

/** Where parts are joined, `src/app.ts` and what lies beside it: these may import anything. */
const joining = /^src\/(cli\/|simulate\/|runtime\/|[^/]+$)/;

/** The imports that break a line, as `from -> to: which line`. */
export function violations(imports: readonly Import[]): readonly string[] {
  return imports.flatMap((each) => {
    const broken = lineBrokenBy(each);
    return broken === undefined ? [] : [`${each.from} -> ${each.to}: ${broken}`];
  });
}

function lineBrokenBy({ from, to, types }: Import): string | undefined {
  const [folder, target] = [folderOf(from), folderOf(to)];
  if (from.startsWith('src/core/')) return to.startsWith('src/core/') ? undefined : 'core/ imports nothing of ours';
  if (joining.test(from)) return undefined;
  if (target === undefined) return to.startsWith('schemas/') ? undefined : 'nothing above is imported';
  if (folder === target || target === 'core' || target === 'threads') return undefined;
  if ((folder === 'pipeline' || folder === 'agents') && target === 'scoring') return undefined;
  // Who listens has to know the words: each module defines what it tells of itself.
  if (folder === 'observe' && types) return undefined;
  if (helpers.has(to) || (ports.has(to) && types)) return undefined;
  return 'other folders are known by their ports alone, as types';
}

/** `push` of `src/push/hub.ts`; undefined for what is no folder of src. */
function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\/./.exec(path)?.[1];
}
