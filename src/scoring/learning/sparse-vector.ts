/**
 * The features of one example that are not zero: coordinates, none twice, and their values, in one order and of one
 * length. Plain JSON, so that it can wait for its label.
 */
export type SparseVector = {
  readonly coordinates: readonly number[];
  readonly values: readonly number[];
};
