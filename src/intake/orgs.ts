import type { AccountDirectory } from './source.ts';

/** What intake has to know of an organisation. */
export interface IntakeOrg {
  readonly name: string;
  readonly sources: ReadonlyMap<string, IntakeSource>;
  readonly accounts: AccountDirectory;
  readonly eventsPerSecond: number;
}

export interface IntakeSource {
  /** None, one, or two during a rotation. */
  readonly secrets: readonly string[];
  /** Takes what nobody signed, because somebody wrote so down. */
  readonly unsigned: boolean;
}
