import { styleText } from 'node:util';
import { plain } from '../output.ts';

export type Style = Parameters<typeof styleText>[0];

/** Text, and how it is painted. */
export type Piece = string | readonly [Style, string];
export type Line = readonly Piece[];

/** Colours on a terminal alone. `width`: lines are cut there, columns; absent: they are as long as they are. */
export interface Pen {
  readonly coloured: boolean;
  readonly width?: number;
}

/** A line as it is written. What agents and outsiders wrote loses what would move the cursor or colour the terminal. */
export function rendered(line: Line, { coloured, width = Infinity }: Pen): string {
  let left = width;
  return line
    .map((piece) => {
      const [style, text] = typeof piece === 'string' ? [undefined, piece] : piece;
      const kept = plain(text).slice(0, left);
      left -= kept.length;
      return coloured && style !== undefined && kept !== '' ? styleText(style, kept, { validateStream: false }) : kept;
    })
    .join('')
    .trimEnd();
}
