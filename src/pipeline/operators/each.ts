import { Observable, type OperatorFunction } from 'rxjs';
import { Passing } from '../passing.ts';

/** Emits each of the list an input stands for: `mergeMap` for lists alone, without a subscription for every input. */
export function each<I, O>(listOf: (input: I) => readonly O[]): OperatorFunction<I, O> {
  return (source) => new Observable((subscriber) => source.subscribe(new Passing(subscriber, listOf)));
}
