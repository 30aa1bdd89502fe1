/**
 * A thread's entry as Node can run it: what it was compiled to, where this file is compiled, too. As TypeScript only a newer Node
 * takes it; an older one needs `tsx`, which `--import` does not bring into a thread.
 */
export function runnable(entry: URL): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL(entry.href.replace(/\.ts$/, '.js'));
  if (Reflect.get(process.features, 'typescript') !== undefined) return entry;
  const [esm, cjs, file] = [import.meta.resolve('tsx/esm/api'), import.meta.resolve('tsx/cjs/api'), entry.href].map(
    (url) => JSON.stringify(url),
  );
  const script = `import * as esm from ${esm}; import * as cjs from ${cjs}; esm.register(); cjs.register(); await import(${file});`;
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}
