import { inColumns, inMarkdown } from '../support/table.ts';
import { isWithinLimit, standingOf, type AccuracyRow } from './row.ts';

const header = [
  'score',
  'on',
  'dev',
  'held-out',
  'floor',
  'goal',
  '',
  'µs an item',
  'limit',
  'others, and notes',
] as const;

export const asText = (rows: readonly AccuracyRow[]): string =>
  `${inColumns([header, ...rows.map(cellsOf)])}${summaryOf(rows)}\n`;

export const asMarkdown = (rows: readonly AccuracyRow[]): string => inMarkdown([header, ...rows.map(cellsOf)]);

function summaryOf(rows: readonly AccuracyRow[]): string {
  const standings = rows.map(standingOf);
  const count = (standing: string | undefined) => standings.filter((each) => each === standing).length;
  const within = rows.map(isWithinLimit).filter((each) => each !== undefined);
  return (
    `${count('goal')} reach their goal, ${count('floor')} their floor, ${count('BELOW')} do not; ${count(undefined)} were not measured; ` +
    `${within.filter(Boolean).length} of ${within.length} are within their limit of time`
  );
}

function cellsOf(row: AccuracyRow): readonly string[] {
  if ('absent' in row) return [row.score, row.on, '', '', '', '', 'absent', '', '', row.absent];
  const { score, on, dev, heldOut, floor, goal, better, anchors, microseconds, note } = row;
  const sign = better === 'higher' ? '≥' : '≤';
  return [
    score,
    on,
    told(dev),
    told(heldOut),
    `${sign} ${told(floor)}`,
    `${sign} ${told(goal)}`,
    standingOf(row) ?? '',
    told(microseconds),
    limitOf(row),
    [anchors, note].filter((part) => part !== undefined && part !== '').join('; '),
  ];
}

function limitOf(row: AccuracyRow): string {
  const within = isWithinLimit(row);
  if (within === undefined || 'absent' in row) return '';
  return `≤ ${row.limit}, ${within ? 'met' : 'missed'}`;
}

/** Three digits that count, or four where it is a share of one. */
function told(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(Math.abs(value) < 1 ? 4 : 3)));
}
