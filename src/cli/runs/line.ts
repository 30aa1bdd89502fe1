import { styleText } from 'node:util';
import { plain } from '../output.ts';

export type Style = Parameters<typeof styleText>[0];

/** Text, and how it is painted. */
export type Piece = string | readonly [Style, string];
export type Line = readonly Piece[];

/** Colours on a terminal alone. `width`: longer lines are cut to it, columns, and end with `…`; absent: they are as long as they are. */
export interface Pen {
  readonly coloured: boolean;
  readonly width?: number;
}

/** A line as it is written. What agents and outsiders wrote loses what would move the cursor or colour the terminal. */
export function rendered(line: Line, { coloured, width = Infinity }: Pen): string {
  const pieces = line.map((piece) => {
    const [style, text] = typeof piece === 'string' ? [undefined, piece] : piece;
    return { style, text: plain(text) };
  });
  const isCut = pieces.reduce((sum, { text }) => sum + text.length, 0) > width;
  let left = isCut ? width - 1 : width;
  let over = false;
  return pieces
    .map(({ style, text }) => {
      const ends = text.length > left && !over;
      const kept = over ? '' : `${text.slice(0, left)}${ends ? '…' : ''}`;
      left -= text.length;
      over ||= ends;
      return coloured && style !== undefined && kept !== '' ? styleText(style, kept, { validateStream: false }) : kept;
    })
    .join('')
    .trimEnd();
}

/** As many lines as have room, 2 at least; where some have not, the last says how many. */
export const fittingIn = (lines: readonly string[], height: number): readonly string[] =>
  lines.length <= height
    ? lines
    : [...lines.slice(0, height - 1), `… ${lines.length - height + 1} more lines, once it has ended`];
