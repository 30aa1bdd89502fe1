import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import { idOf } from '../../core/ids.ts';

export interface SampledOptions<I> {
  /** 0 … 1: which share passes. */
  readonly share: number;
  /** What is drawn by: an event's id, or what is to pass as a whole, such as a conversation's. */
  by(input: I): string;
  /** Other seeds draw others. Default ''. */
  readonly seed?: string;
}

/** Lets a share of the inputs pass, by a hash and not by chance: the same on every replay. Remembers nothing. */
export function sampled<I>({ share, by, seed = '' }: SampledOptions<I>): MonoTypeOperatorFunction<I> {
  return filter((input) => drawn(seed, by(input)) < share);
}

/** 0 … 1, evenly. */
const drawn = (seed: string, by: string): number =>
  Number.parseInt(idOf('sample', seed, by).slice(0, 12), 16) / 2 ** 48;
