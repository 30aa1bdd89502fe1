/**
 * What a step answers. `ok` goes on; `drop` is authentic and not wanted, with the reason that is counted;
 * `dead` could not be handled and is kept in the dead letters with its reason.
 */
export type Outcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: string; readonly detail: string };

export const ok = <T>(value: T): Outcome<T> => ({ kind: 'ok', value });
export const drop = (reason: string): Outcome<never> => ({ kind: 'drop', reason });
export const dead = (reason: string, detail: string): Outcome<never> => ({ kind: 'dead', reason, detail });
