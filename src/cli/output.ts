import type { Context } from './context.ts';

const showAfterMs = 1_000;
const frameMs = 250;

/** Does some work; at a terminal, says what it waits for once it takes longer than a second. */
export async function withProgress<T>(
  { err, errIsTerminal }: Context,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!errIsTerminal) return work();
  const began = Date.now();
  let shown = false;
  const timer = setInterval(() => {
    const seconds = Math.floor((Date.now() - began) / 1_000);
    if (Date.now() - began < showAfterMs) return;
    shown = true;
    err(`\r${what} … ${seconds} s`);
  }, frameMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (shown) err('\r\u001B[K');
  }
}

/** Columns as wide as what stands in them; the last may run on. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** As `1 pipeline` or `2 pipelines`. */
export const howMany = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

/** Text from elsewhere, without what would move the cursor or colour the terminal. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, ' ');
}
