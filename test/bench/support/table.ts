import { isMet, type Row, type Target } from './figure.ts';

const header = ['figure', 'weir', 'bare', 'ratio', 'target', '', 'bare is'] as const;

export const asText = (rows: readonly Row[]): string => inColumns([header, ...rows.map(cellsOf)]);

/** For docs/benchmarks.md. */
export const asMarkdown = (rows: readonly Row[]): string => inMarkdown([header, ...rows.map(cellsOf)]);

/** For a terminal: columns as wide as what stands in them. The first line is the header. */
export function inColumns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

/** The first line is the header. */
export function inMarkdown([header = [], ...lines]: readonly (readonly string[])[]): string {
  const rule = header.map(() => '---');
  return [header, rule, ...lines].map((line) => `| ${line.join(' | ')} |\n`).join('');
}

function cellsOf(row: Row): readonly string[] {
  if ('skipped' in row) return [row.what, 'skipped', '', '', '', '', row.skipped];
  const { what, unit, weir, bare, ratio, target, note } = row;
  const met = isMet(row);
  return [
    what,
    `${told(weir)} ${unit}`,
    bare ? told(bare.value) : '',
    ratio === undefined ? '' : ratio.toFixed(2),
    target ? toldTarget(target, unit) : '',
    met === undefined ? '' : met ? 'met' : 'MISSED',
    [bare?.is, note].filter((part) => part !== undefined).join('; '),
  ];
}

function toldTarget(target: Target, unit: string): string {
  return target.of === 'ratio' ? `ratio ≥ ${target.atLeast.toFixed(2)}` : `< ${target.below} ${unit}`;
}

/** Three digits that count, thousands apart. */
function told(value: number): string {
  if (Math.abs(value) >= 1_000) return Number(value.toPrecision(3)).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
