import { Subscriber } from 'rxjs';

/**
 * Hands on, one by one, what is made of each input; what is thrown in making it, or behind it, ends the stream with that error. What
 * RxJS's own operators are made of: half the calls an observer takes that is subscribed beside.
 */
export class Passing<I, O> extends Subscriber<I> {
  readonly #to: Subscriber<O>;
  readonly #made: (input: I) => readonly O[];

  constructor(to: Subscriber<O>, made: (input: I) => readonly O[]) {
    super(to);
    this.#to = to;
    this.#made = made;
  }

  protected override _next(input: I): void {
    try {
      for (const one of this.#made(input)) this.#to.next(one);
    } catch (error) {
      this.#to.error(error);
    }
  }
}
