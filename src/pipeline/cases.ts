import type { AlertKind, Severity } from '../core/alert.ts';
import type { StreamEvent } from '../core/event.ts';
import { idOf } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { SetValues } from '../core/settings.ts';

/** An example of a pipeline: what comes in, with times, and what must come out. Run by `weir check` and the tests. */
export interface Case {
  readonly name: string;
  /** What the organisation has set of the pipeline. Absent: as shipped. */
  readonly settings?: SetValues;
  readonly given: readonly Given[];
  readonly expect: {
    /** Each must be among the scores made. */
    readonly scores?: readonly ExpectedScore[];
    /** Exactly these, in this order. Absent: alerts are not looked at. */
    readonly alerts?: readonly ExpectedAlert[];
    /** Each must be among the insights made. */
    readonly insights?: readonly { readonly name?: string; readonly kind?: string; readonly title?: string }[];
    /** What models are told, exactly these, in this order. Absent: examples are not looked at. */
    readonly examples?: readonly ExpectedExample[];
    /** What agents are asked to look into, exactly these, in this order. Absent: tasks are not looked at. */
    readonly tasks?: readonly ExpectedTask[];
  };
}

/** An event, a score of another pipeline, or the passing of time with nothing happening. */
export type Given = StreamEvent | GivenScore | { readonly at: string; readonly timer: true };

/** A score another pipeline would have made; `at` is its event time. */
export interface GivenScore {
  readonly at: string;
  readonly score: string;
  readonly entity: string;
  readonly value: number;
  readonly confidence?: number;
  readonly subject?: string;
  readonly quote?: string;
}

export interface ExpectedScore {
  readonly name: string;
  readonly entity?: string;
  readonly subject?: string;
  readonly value?: number | { readonly min?: number; readonly max?: number };
}

export interface ExpectedAlert {
  readonly rule: string;
  readonly change: 'raised' | 'cleared' | 'expired';
  readonly entity?: string;
  readonly fingerprint?: string;
  readonly severity?: Severity;
  readonly kind?: AlertKind;
}

export interface ExpectedTask {
  /** The task's name: the kind of run it starts. */
  readonly rule: string;
  readonly entity?: string;
  readonly key?: string;
}

export interface ExpectedExample {
  readonly model: string;
  /** What must be in the example, at the top. */
  readonly example: JsonObject;
  /** The deal or payment it has to name; absent: that is not looked at. */
  readonly subject?: string;
}

export function cases(list: readonly Case[]): readonly Case[] {
  return list;
}

/** An event for a case: give what matters; the rest is filled in. */
export function event(
  given: Pick<StreamEvent, 'type' | 'stream' | 'time' | 'entity'> & Partial<StreamEvent>,
): StreamEvent {
  const origin = given.origin ?? given.type.split('.')[0] ?? 'custom';
  return {
    specversion: '1.0',
    id: idOf('case', given.type, given.entity, given.time, JSON.stringify(given.data ?? {}), given.subject ?? ''),
    source: `urn:weir:case:${origin}`,
    subject: null,
    org: 'acme',
    origin,
    receivedAt: given.time,
    data: {},
    ...given,
  };
}
