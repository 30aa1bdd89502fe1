import type { OperatorFunction } from 'rxjs';
import { fingerprintOf, type AlertContent } from '../../core/alert.ts';
import { durationMs, type Duration } from '../../core/duration.ts';
import { alertModel, weighed } from '../../scoring/alert-usefulness.ts';
import type { AlertDraft, Moment, State } from '../define.ts';
import { clear, expire, raise, type Ongoing } from '../steps/ongoing.ts';

/** What a rule says of an input: raise it with this content, clear it (the condition ended), or nothing. */
export type Judgement = { readonly raise: AlertContent } | { readonly clear: string } | undefined;

export interface AlertedOptions<I> {
  judge(input: I, moment: Pick<Moment, 'org' | 'entity'>): Judgement;
  /** What makes it this alert and no other, within the entity. Default: nothing more than the entity. */
  about?(input: I): string;
  /** A repetition is told at most this often, in event time, unless the severity rises; all are counted. Default 1 h. */
  readonly repeatEvery?: Duration;
  /** Resolved as expired when nobody repeats it for this long. Default: the setting `alerts.expireAfter`. */
  readonly expireAfter?: Duration;
}

/**
 * A rule: judges inputs and says when an alert is raised, repeated, cleared or forgotten. One alert per entity and
 * `about`; its fingerprint is the entity, with `about` behind a `/`. What people said of the rule's earlier alerts is told with it,
 * and lowers its severity by a step where most were noise.
 */
export function alerted<I>(state: State, rule: string, options: AlertedOptions<I>): OperatorFunction<I, AlertDraft> {
  const { about = () => '' } = options;
  const repeatEveryMs = durationMs(options.repeatEvery ?? '1h');
  const { expireAfter = state.settings.expireAfter } = options;
  const expireAfterMs = durationMs(expireAfter);
  const draft = (moment: Moment, change: AlertDraft['change']): AlertDraft => ({
    output: 'alert',
    rule,
    fingerprint: fingerprintOf(moment.entity, moment.key),
    change,
  });

  const worth = (content: AlertContent) =>
    weighed(state.judging(alertModel).state, `${state.pipeline}/${rule}`, content);

  return state.keyed<I, Ongoing | null, AlertDraft>(`alerted:${rule}`, {
    initial: null,
    // An open alert lives as long as its deadline; one more day keeps the key until the deadline has passed.
    ttl: `${expireAfterMs + 86_400_000}ms`,
    key: about,
    on(ongoing, input, moment) {
      const judgement = options.judge(input, moment);
      const told =
        judgement === undefined
          ? { ongoing, change: undefined }
          : 'clear' in judgement
            ? clear(ongoing, judgement.clear)
            : raise(ongoing, worth(judgement.raise), moment.time, repeatEveryMs);
      const next = told.ongoing;
      return {
        state: next ?? undefined,
        emit: told.change ? [draft(moment, told.change)] : [],
        ...(next && { wakeAt: next.seenAt + expireAfterMs }),
      };
    },
    wake(ongoing, moment) {
      const { change } = expire(ongoing, expireAfter);
      return { state: undefined, emit: change ? [draft(moment, change)] : [] };
    },
  });
}
