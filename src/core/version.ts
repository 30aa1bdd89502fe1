import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** weir's version, from its package: three folders up where it is compiled (`dist/src/core/`), else two. */
export const version: string = versionIn(
  ['../../../package.json', '../../package.json'].map((path) => fileURLToPath(new URL(path, import.meta.url))),
);

function versionIn(paths: readonly string[]): string {
  for (const path of paths.filter((each) => existsSync(each))) {
    const { name, version: found }: { name?: string; version?: string } = JSON.parse(readFileSync(path, 'utf8'));
    if (name === 'weir' && found !== undefined) return found;
  }
  return 'unknown';
}
