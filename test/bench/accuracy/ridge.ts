/** The columns of a sparse row that are not 0, with their values. */
export type Line = readonly (readonly [column: number, value: number])[];

export interface RidgeRow {
  readonly line: Line;
  /** What the line is multiplied by. */
  readonly slope: number;
  readonly wanted: number;
  readonly weight: number;
}

/** The x that makes Σ weight · (slope · line·x − wanted)² + penalty · |x|² least, by conjugate gradients from `start`. */
export function ridge(
  rows: readonly RidgeRow[],
  start: Float64Array<ArrayBuffer>,
  penalty: number,
): Float64Array<ArrayBuffer> {
  const x = start.slice();
  const residual = start.map((value) => -penalty * value);
  for (const { line, slope, wanted, weight } of rows)
    add(residual, line, weight * slope * (wanted - slope * dot(line, x)));
  let direction = residual.slice();
  let square = squareOf(residual);
  const enough = square * 1e-6;
  for (let step = 0; step < stepsMax && square > enough; step += 1) {
    const image = direction.map((value) => penalty * value);
    for (const { line, slope, weight } of rows) add(image, line, weight * slope * slope * dot(line, direction));
    const length = square / image.reduce((sum, value, index) => sum + value * (direction[index] ?? 0), 0);
    direction.forEach((value, index) => {
      x[index] = (x[index] ?? 0) + length * value;
      residual[index] = (residual[index] ?? 0) - length * (image[index] ?? 0);
    });
    const next = squareOf(residual);
    const kept = next / square;
    direction = direction.map((value, index) => (residual[index] ?? 0) + kept * value);
    square = next;
  }
  return x;
}

const stepsMax = 100;

const dot = (line: Line, x: Float64Array): number => {
  let sum = 0;
  for (const [column, value] of line) sum += value * (x[column] ?? 0);
  return sum;
};

function add(x: Float64Array, line: Line, factor: number): void {
  for (const [column, value] of line) x[column] = (x[column] ?? 0) + factor * value;
}

const squareOf = (x: Float64Array): number => x.reduce((sum, value) => sum + value * value, 0);
