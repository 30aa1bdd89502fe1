import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { warden } from './warden.ts';

/** A folder of its own with these files. It goes with this process, however that ends; whoever fills it with more removes it before. */
export function newFolder(files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(warden().folder, 'f-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

/** Removes it with all that is in it, or that it had once. */
export const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true });
