import type { Clock } from '../core/clock.ts';
import { free } from './budget.ts';
import { attempt, type Asked, type Attempted } from './attempt.ts';
import type { ModelCall, ProviderHappenings } from './happenings.ts';
import type { Provider } from './provider.ts';
import { fold, initialState, type ProviderFact, type ProvidersState } from './state.ts';

/** Who was asked, and what came of it: the state that choosing goes by. The one place that changes it. */
export interface Book {
  state(): ProvidersState;
  /** Asks one provider, and notes it: that it began before anybody else may choose. `call` is undefined where it was not asked after all. */
  ask<T>(provider: Provider, asked: Asked<T>): Promise<Noted<T>>;
}

export interface Noted<T> {
  readonly attempted: Attempted<T>;
  readonly call: ModelCall | undefined;
}

export function createBook(providers: readonly Provider[], clock: Clock, happened: ProviderHappenings): Book {
  let state = initialState(providers.map(({ offer }) => offer.name));

  const note = (fact: ProviderFact) => {
    const wasOpen = openUntil(state, fact.provider);
    state = fold(state, fact);
    const isOpen = openUntil(state, fact.provider);
    if (isOpen !== null && isOpen !== wasOpen) happened.breakerOpened(fact.provider, isOpen - fact.at);
    if (isOpen === null && wasOpen !== null) happened.breakerClosed(fact.provider);
  };

  return {
    state: () => state,
    ask: async <T>(provider: Provider, asked: Asked<T>): Promise<Noted<T>> => {
      const { name } = provider.offer;
      const startedAt = clock.now();
      const reserved = asked.tokens.input + asked.tokens.output;
      note({ fact: 'started', provider: name, at: startedAt, tokens: reserved });
      // If it throws, which only a mistake in code does, its place is free again all the same.
      const end = (ended: Ended): ModelCall | undefined => {
        const at = clock.now();
        note(factOf(ended, { provider: name, at, latencyMs: at - startedAt, reserved }));
        if (ended.kind === 'over-budget') return undefined;
        const call = callOf(ended, name, asked.question.task, at - startedAt);
        happened.modelCalled(call);
        return call;
      };
      let attempted: Attempted<T>;
      try {
        attempted = await attempt(provider, asked);
      } catch (error) {
        end({ kind: 'aborted', cost: free });
        throw error;
      }
      return { attempted, call: end(attempted) };
    },
  };
}

/** An attempt without the answer itself. */
type Ended = Attempted<unknown>;

interface Call {
  readonly provider: string;
  readonly at: number;
  readonly latencyMs: number;
  readonly reserved: number;
}

function factOf(ended: Ended, { provider, at, latencyMs, reserved }: Call): ProviderFact {
  switch (ended.kind) {
    case 'answered':
      return { fact: 'answered', provider, at, latencyMs, reserved, tokens: ended.cost.tokens };
    case 'failed':
      return { fact: 'failed', provider, at, fault: ended.fault };
    case 'aborted':
      return { fact: 'abandoned', provider, at };
    case 'over-budget':
      return { fact: 'withdrawn', provider, at, tokens: reserved };
    default:
      return ended satisfies never;
  }
}

function callOf(
  ended: Exclude<Ended, { kind: 'over-budget' }>,
  provider: string,
  task: string,
  latencyMs: number,
): ModelCall {
  const { money, tokens } = ended.cost;
  const outcome = ended.kind === 'failed' ? ended.fault.kind : ended.kind;
  const detail = ended.kind === 'failed' ? ended.fault.detail : '';
  return { provider, task, outcome, detail, latencyMs, tokens, money };
}

function openUntil(state: ProvidersState, provider: string): number | null {
  return state.providers[provider]?.breaker.openUntil ?? null;
}
