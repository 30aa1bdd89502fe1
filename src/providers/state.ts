import { afterFault, afterNothing, afterStart, closed, type Breaker } from './breaker.ts';
import { cooldownMs, faults, type Fault } from './faults.ts';

/** What is known of the providers: a fold over what became of the calls. Time comes in with the facts. */
export interface ProvidersState {
  /** Calls started, ever. */
  readonly started: number;
  readonly providers: Readonly<Record<string, ProviderState>>;
}

export interface ProviderState {
  readonly inFlight: number;
  /** `started` as its last call began; 0: never. */
  readonly lastStarted: number;
  /** Of its answers, exponentially weighted; null: none yet. */
  readonly latencyMs: number | null;
  /** Share of calls with an answer that could be used, exponentially weighted; 0 … 1. */
  readonly success: number;
  /** When latency and success were last heard of; ms. */
  readonly heardAt: number;
  readonly breaker: Breaker;
  /** Left alone until then; ms. */
  readonly coolUntil: number;
  /** What was asked in the minute that began at `start`, ms: calls, and tokens at their worst case until they are known. */
  readonly minute: { readonly start: number; readonly requests: number; readonly tokens: number };
}

/** What became of a call to `provider`; `at` in ms, `tokens` those it was reserved with or those it used. */
export type ProviderFact = { readonly provider: string; readonly at: number } & (
  | { readonly fact: 'started'; readonly tokens: number }
  | { readonly fact: 'answered'; readonly latencyMs: number; readonly reserved: number; readonly tokens: number }
  | { readonly fact: 'failed'; readonly fault: Fault }
  /** Who asked went away. */
  | { readonly fact: 'abandoned' }
  /** It was not asked after all. */
  | { readonly fact: 'withdrawn'; readonly tokens: number }
);

export const noneAsked: ProviderState = {
  inFlight: 0,
  lastStarted: 0,
  latencyMs: null,
  success: 1,
  heardAt: 0,
  breaker: closed,
  coolUntil: 0,
  minute: { start: 0, requests: 0, tokens: 0 },
};

export function initialState(names: readonly string[]): ProvidersState {
  return { started: 0, providers: Object.fromEntries(names.map((name) => [name, noneAsked])) };
}

export function fold(state: ProvidersState, fact: ProviderFact): ProvidersState {
  const started = state.started + (fact.fact === 'started' ? 1 : 0);
  const before = state.providers[fact.provider] ?? noneAsked;
  return { started, providers: { ...state.providers, [fact.provider]: folded(before, fact, started) } };
}

/** How much one call weighs in latency and success. */
const weight = 0.2;
/** What is long ago counts for less: a provider that was slow or failed is given another chance. */
const forgottenByHalfMs = 5 * 60_000;

function folded(before: ProviderState, fact: ProviderFact, started: number): ProviderState {
  const { at } = fact;
  const inFlight = Math.max(0, before.inFlight - 1);
  switch (fact.fact) {
    case 'started':
      return {
        ...before,
        inFlight: before.inFlight + 1,
        lastStarted: started,
        breaker: afterStart(before.breaker, at),
        minute: counted(minuteAt(before, at), 1, fact.tokens),
      };
    case 'answered':
      return {
        ...before,
        inFlight,
        latencyMs: mixed(before.latencyMs ?? fact.latencyMs, fact.latencyMs),
        success: mixed(successAt(before, at), 1),
        heardAt: at,
        breaker: closed,
        minute: counted(minuteAt(before, at), 0, fact.tokens - fact.reserved),
      };
    case 'failed':
      return {
        ...before,
        inFlight,
        success: mixed(successAt(before, at), 0),
        heardAt: at,
        breaker: faults[fact.fault.kind].breaker ? afterFault(before.breaker, at) : afterNothing(before.breaker),
        coolUntil: Math.max(before.coolUntil, at + cooldownMs(fact.fault)),
      };
    case 'abandoned':
      return { ...before, inFlight, breaker: afterNothing(before.breaker) };
    case 'withdrawn':
      return {
        ...before,
        inFlight,
        breaker: afterNothing(before.breaker),
        minute: counted(minuteAt(before, at), -1, -fact.tokens),
      };
    default:
      return fact satisfies never;
  }
}

/** Share of calls that went well, as it counts now: 0 … 1, nearer to 1 the longer ago it was. */
export function successAt({ success, heardAt }: ProviderState, now: number): number {
  return 1 - (1 - success) * remembered(heardAt, now);
}

/** Latency as it counts now, ms; 0 where none is known, so that everybody is tried. */
export function latencyAt({ latencyMs, heardAt }: ProviderState, now: number): number {
  return (latencyMs ?? 0) * remembered(heardAt, now);
}

const minuteMs = 60_000;

/** What was asked in the minute of now. */
export function minuteAt({ minute }: ProviderState, now: number): ProviderState['minute'] {
  const start = Math.floor(now / minuteMs) * minuteMs;
  return start === minute.start ? minute : { start, requests: 0, tokens: 0 };
}

function counted(minute: ProviderState['minute'], requests: number, tokens: number): ProviderState['minute'] {
  return { ...minute, requests: Math.max(0, minute.requests + requests), tokens: Math.max(0, minute.tokens + tokens) };
}

function mixed(before: number, now: number): number {
  return before + weight * (now - before);
}

function remembered(heardAt: number, now: number): number {
  return 2 ** (-Math.max(0, now - heardAt) / forgottenByHalfMs);
}
