/**
 * A figure that is remembered, short as JSON: to four decimals where it is 1 or more, else as it is. Off by one in twenty thousand at
 * most, which is less than a score tells apart.
 */
export const shortened = (value: number): number =>
  Math.abs(value) >= 1 ? Math.round(value * tenThousand) / tenThousand : value;

const tenThousand = 1e4;
