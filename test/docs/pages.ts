import { writeFileSync } from 'node:fs';
import { configurationPage } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { settingsPage } from './settings.ts';

/** The pages that are written from the code. `npx tsx test/docs/refresh.ts` writes them anew. */
export const pages: readonly (readonly [file: string, page: () => string])[] = [
  ['docs/configuration.md', configurationPage],
  ['docs/errors.md', errorsPage],
  ['docs/settings.md', settingsPage],
];

export function refresh(): void {
  for (const [file, page] of pages) writeFileSync(new URL(`../../${file}`, import.meta.url), page());
}
