/** To the hundredth, and to the ten-thousandth: less than a score tells apart, and short as JSON, for what is kept of each card. */
export const cents = (value: number): number => Math.round(value * 100) / 100;
export const tenThousandths = (value: number): number => Math.round(value * 1e4) / 1e4;
