import { Observable, type OperatorFunction } from 'rxjs';

/** Emits each of the list an input stands for: `mergeMap` for lists alone, without a subscription for every input. */
export function each<I, O>(listOf: (input: I) => readonly O[]): OperatorFunction<I, O> {
  return (source) =>
    new Observable((subscriber) =>
      source.subscribe({
        next(input) {
          try {
            for (const one of listOf(input)) subscriber.next(one);
          } catch (error) {
            subscriber.error(error);
          }
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
}
