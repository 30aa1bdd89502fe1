const hour = 3_600_000;
const hoursLimit = 366 * 24;

/**
 * `count` moments between `start` and `end` (ms), in order and in whole seconds: busy in working hours (UTC), quieter in
 * the evening and at weekends, quiet at night. `next` gives the share of a gap by which each is displaced, 0 … 1.
 */
export function* moments(start: number, end: number, count: number, next: () => number): Generator<number> {
  const hours = Math.ceil((end - start) / hour);
  if (hours > hoursLimit || hours < 1) throw new RangeError('a simulation takes an hour to a year');
  const weights = Array.from({ length: hours }, (_, index) => weightAt(start + index * hour));
  const total = weights.reduce((sum, weight) => sum + weight, 0);

  let at = 0;
  let before = 0;
  for (let index = 0; index < count; index += 1) {
    const busyness = ((index + next()) / count) * total;
    while (at < hours - 1 && before + (weights[at] ?? 0) < busyness) {
      before += weights[at] ?? 0;
      at += 1;
    }
    const within = Math.min(1, (busyness - before) / (weights[at] ?? 1));
    yield Math.floor(Math.min(end - 1_000, start + (at + within) * hour) / 1_000) * 1_000;
  }
}

function weightAt(time: number): number {
  const date = new Date(time);
  const working = date.getUTCHours() >= 7 && date.getUTCHours() < 19;
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  if (weekend) return working ? 0.3 : 0.1;
  return working ? 1 : 0.2;
}
