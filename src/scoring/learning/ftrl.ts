import { probabilityOf } from './probability.ts';
import type { SparseVector } from './sparse-vector.ts';

export interface FtrlOptions {
  /** How large the steps are. */
  readonly alpha: number;
  /** Keeps the first steps of a rare feature small. */
  readonly beta: number;
  /** What evidence a feature needs before it has a weight at all. */
  readonly l1: number;
  /** Draws weights towards 0. */
  readonly l2: number;
  /** Over how many pages the coordinates are parted; default `pagesMax`. */
  readonly pages?: number;
  /** How many coordinates a page holds; default `coordinatesMax`. */
  readonly coordinates?: number;
}

/**
 * What a learner knows: per coordinate z, which drives its weight, and n, the sum of its squared gradients. Kept in
 * pages by `coordinate mod pages`, each a flat list of triples `coordinate, z, n`, the latest learnt last:
 * a step copies the pages it touches and shares the others.
 *
 * Bounded: pages and what a page holds are given, some 23 bytes of JSON a coordinate; by default 49 152 of them, 1.1 MB.
 * A full page forgets the coordinate with the least evidence (n), the newest eighth excepted.
 */
export type FtrlState = readonly (readonly number[])[];

export interface FtrlPrediction {
  /** The probability is `1 / (1 + e^−logit)`. */
  readonly logit: number;
  /** Of each coordinate, in the vector's order: `logit = offset + Σ weight · value`. */
  readonly weights: readonly number[];
}

export interface Ftrl {
  readonly initial: FtrlState;
  /** `offset` is what is known without learning, in logit. */
  predict(state: FtrlState, features: SparseVector, offset?: number): FtrlPrediction;
  /** One step from what was predicted towards the label. */
  learn(state: FtrlState, features: SparseVector, label: boolean, offset?: number): FtrlState;
}

export const pagesMax = 512;
export const coordinatesMax = 96;

/**
 * Logistic regression, learnt one example at a time, by "follow the regularised leader" (McMahan et al. 2013, algorithm
 * 1): `w = |z| ≤ λ₁ ? 0 : −(z − sign(z)·λ₁) / ((β + √n)/α + λ₂)`, and in a step with the gradient `g = (p − y)·x`:
 * `σ = (√(n + g²) − √n)/α; z += g − σ·w; n += g²`.
 */
export function createFtrl({ pages = pagesMax, coordinates: perPage = coordinatesMax, ...options }: FtrlOptions): Ftrl {
  const predict: Ftrl['predict'] = (state, { coordinates, values }, offset = 0) => {
    const weights: number[] = [];
    let logit = offset;
    for (let index = 0; index < coordinates.length; index += 1) {
      const coordinate = coordinates[index] ?? 0;
      const page = pageOf(state, coordinate);
      const weight = weightAt(page, placeOf(page, coordinate), options);
      weights.push(weight);
      logit += weight * (values[index] ?? 0);
    }
    return { logit, weights };
  };
  return {
    initial: Array.from({ length: pages }, () => []),
    predict,
    learn(state, features, label, offset = 0) {
      const error = probabilityOf(predict(state, features, offset).logit) - (label ? 1 : 0);
      const after = [...state];
      for (const [index, coordinate] of features.coordinates.entries()) {
        const gradient = error * (features.values[index] ?? 0);
        const page = learnt(pageOf(after, coordinate), coordinate, gradient, options, perPage);
        after[coordinate % after.length] = page;
      }
      return after;
    },
  };
}

type Page = FtrlState[number];

const pageOf = (state: FtrlState, coordinate: number): Page => state[coordinate % state.length] ?? [];

/** Where the coordinate's triple begins, or −1. */
function placeOf(page: Page, coordinate: number): number {
  for (let place = 0; place < page.length; place += tripleLength) if (page[place] === coordinate) return place;
  return -1;
}

const tripleLength = 3;

type Rates = Pick<FtrlOptions, 'alpha' | 'beta' | 'l1' | 'l2'>;

function weightAt(page: Page, place: number, { alpha, beta, l1, l2 }: Rates): number {
  const z = page[place + 1] ?? 0;
  if (place < 0 || Math.abs(z) <= l1) return 0;
  return -(z - Math.sign(z) * l1) / ((beta + Math.sqrt(page[place + 2] ?? 0)) / alpha + l2);
}

function learnt(page: Page, coordinate: number, gradient: number, options: Rates, perPage: number): Page {
  const place = placeOf(page, coordinate);
  const [z, n] = place < 0 ? [0, 0] : [page[place + 1] ?? 0, page[place + 2] ?? 0];
  const sum = n + gradient * gradient;
  const sigma = (Math.sqrt(sum) - Math.sqrt(n)) / options.alpha;
  const moved = z + gradient - sigma * weightAt(page, place, options);
  const others = place < 0 ? page : without(page, place);
  const room = others.length < perPage * tripleLength ? others : without(others, leastOf(others));
  return [...room, coordinate, rounded(moved), rounded(sum)];
}

const without = (page: Page, place: number): Page => page.toSpliced(place, tripleLength);

/** Rare features come and go; one that has just come may yet turn out to be common, so the newest are spared. */
function leastOf(page: Page): number {
  let least = 0;
  for (let place = 0; place < (page.length * 7) / 8; place += tripleLength) {
    if ((page[place + 2] ?? 0) < (page[least + 2] ?? 0)) least = place;
  }
  return least;
}

/** To five places, which is less than a step worth telling, so that the state stays small as JSON. Never −0, which JSON has not. */
const rounded = (value: number): number => Math.round(value * 1e5) / 1e5 + 0;
