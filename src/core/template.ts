import type { Json } from './json.ts';

/** The steps of runs of a kind that is known beforehand. Those that come with weir are one for each kind of alert; a pipeline may have others. */
export interface Template {
  /** By which it is asked for: the `name` of a pipeline's task. */
  readonly kind: string;
  /** Raised when the steps change. */
  readonly version: number;
  readonly steps: readonly TemplateStep[];
}

export interface TemplateStep {
  readonly id: string;
  readonly skill: string;
  readonly goal: string;
  readonly needs?: readonly string[];
  /** Left out, and said to be, where nobody can do it; those that need it then need what it needed. A run goes on without it. */
  readonly optional?: true;
  /** It is skipped where that step did not give this under that name, and left out where that step is, also where it is not optional. It has to wait for it. */
  readonly when?: { readonly step: string; readonly name: string; readonly is: Json };
  /** Steps whose whole reports it is shown, as far as they are not left out. It has to wait for them. */
  readonly shows?: readonly string[];
  /** A person is asked before it starts, whatever the policy says. */
  readonly approval?: true;
}
