import type { Clock } from '../../../src/core/clock.ts';
import type { ProviderHappenings, Unanswered, ModelCall } from '../../../src/providers/happenings.ts';
import type { Called, Offer, Provider } from '../../../src/providers/provider.ts';
import type { Question } from '../../../src/providers/question.ts';

export function anOffer(name: string, over: Partial<Offer> = {}): Offer {
  return {
    name,
    capabilities: { prose: 0.5, json: 0.5 },
    contextTokens: 8_192,
    price: { input: 1, output: 2 },
    maxConcurrent: 8,
    requestsPerMinute: 100_000,
    tokensPerMinute: 100_000_000,
    timeoutMs: 5_000,
    ...over,
  };
}

/** A provider that answers what it is told to. */
export function scripted(
  offer: Offer,
  answer: (call: number) => Called | Promise<Called>,
): Provider & { calls(): number } {
  let calls = 0;
  return { offer, calls: () => calls, call: async () => answer((calls += 1)) };
}

export const said = (text: string): Called => ({ kind: 'answered', text, usage: { input: 10, output: 5 } });

export const broke = (kind: Extract<Called, { kind: 'failed' }>['fault']['kind']): Called => ({
  kind: 'failed',
  fault: { kind, detail: kind },
});

/** A clock that stands still until it is moved. */
export function aClock(): Clock & { move(ms: number): void } {
  let now = 1_800_000_000_000;
  return { now: () => now, move: (ms) => (now += ms) };
}

/** A question that takes any answer but an empty one. */
export function aQuestion(over: Partial<Question<string>> = {}): Question<string> {
  return {
    task: 'phrase',
    prompt: { system: 'Say it.', user: 'It.', maxOutputTokens: 100 },
    needs: ['prose'],
    grade: 0,
    read: (text) => (text === '' ? { kind: 'rejected', detail: 'it is empty' } : { kind: 'read', value: text }),
    ...over,
  };
}

/** Hears what the coordinator tells, in order. */
export function listening(): ProviderHappenings & { readonly calls: ModelCall[]; readonly told: string[] } {
  const calls: ModelCall[] = [];
  const told: string[] = [];
  return {
    calls,
    told,
    modelCalled: (call) => {
      calls.push(call);
      told.push(`${call.provider} ${call.outcome}`);
    },
    breakerOpened: (provider, forMs) => told.push(`${provider} open for ${forMs} ms`),
    breakerClosed: (provider) => told.push(`${provider} closed`),
    modelUnanswered: (task: string, why: Unanswered) => told.push(`${task} unanswered: ${why}`),
  };
}
