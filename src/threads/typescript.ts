import { readdirSync } from 'node:fs';

/**
 * Lets a folder of TypeScript pipelines be imported as it is: Node 22.18 can do that itself, an older one with `tsx` where
 * that is installed. Elsewhere importing them fails, and says so.
 */
export async function allowTypeScript(folder: string): Promise<void> {
  const needed = readdirSync(folder).some((name) => /(?<!\.d)\.ts$/.test(name));
  if (!needed || Reflect.get(process.features, 'typescript') !== undefined || runsTypeScript()) return;
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]).catch(() => []);
  // Both: a folder without a package.json of type "module" holds CommonJS as far as Node knows.
  esm?.register();
  cjs?.register();
}

/** This very file has not been compiled, so somebody takes care of TypeScript already. */
function runsTypeScript(): boolean {
  return import.meta.url.endsWith('.ts');
}
