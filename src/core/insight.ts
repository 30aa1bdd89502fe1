/** Something worth knowing: an opportunity, a risk or an optimisation, with its expected value where one is known. */
export interface Insight {
  readonly id: string;
  readonly kind: 'opportunity' | 'risk' | 'optimisation';
  readonly org: string;
  readonly entity: string;
  readonly title: string;
  readonly detail: string;
  /** Expected value in `currency` units (not cents), negative for a loss; null where nothing is known. */
  readonly expectedValue: number | null;
  /** ISO 4217, or null. */
  readonly currency: string | null;
  readonly confidence: number;
  readonly eventIds: readonly string[];
  readonly time: string;
  readonly pipeline: string;
  readonly version: number;
}
