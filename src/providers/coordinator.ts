import type { Clock } from '../core/clock.ts';
import { createBook } from './book.ts';
import { free, plus, together, type Purse } from './budget.ts';
import { choose, type Verdicts } from './choose.ts';
import type { ProviderHappenings, Unanswered } from './happenings.ts';
import type { Provider } from './provider.ts';
import { worstTokens, type Answer, type AskOptions, type Models, type Question } from './question.ts';
import type { ProvidersState } from './state.ts';
import type { Strategy } from './strategies.ts';

export interface Coordinator extends Models {
  /** What is known of the providers now. */
  state(): ProvidersState;
}

export interface CoordinatorDeps {
  readonly providers: readonly Provider[];
  readonly strategy: Strategy;
  /** What all questions together may cost. */
  readonly purse: Purse;
  readonly clock: Clock;
  readonly happened: ProviderHappenings;
}

/**
 * Asks the provider that is chosen, and while that fails the next one, each once at most; the budget is asked anew for each. It
 * waits for nobody: where none can be asked now it says when that may change.
 */
export function createCoordinator({ providers, strategy, purse, clock, happened }: CoordinatorDeps): Coordinator {
  const book = createBook(providers, clock, happened);
  const names = providers.map(({ offer }) => offer.name);

  const answer = async <T>(question: Question<T>, options: AskOptions): Promise<Answer<T>> => {
    const { needs, grade, prompt, task } = question;
    const tokens = worstTokens(prompt);
    const asked = { question, tokens, purse: together([purse, options.purse]), signal: options.signal };
    const seed = book.state().started;
    const worth = strategy === 'learned' ? options.worth?.({ task, providers: names, seed }) : undefined;
    const tried: string[] = [];
    let so: Pick<Answer<T>, 'attempts' | 'calls' | 'spent'> = { attempts: [], calls: [], spent: free };
    let overBudget = false;
    for (;;) {
      const choice = choose(book.state(), providers, {
        strategy,
        needs,
        grade,
        tokens,
        tried,
        worth,
        now: clock.now(),
      });
      const { verdicts } = choice;
      if (options.signal.aborted) return { kind: 'unanswered', why: 'aborted', retryAt: null, verdicts, ...so };
      if (choice.kind === 'none') {
        const why = overBudget ? 'budget' : so.attempts.length > 0 ? 'failed' : whyNobody(verdicts);
        return { kind: 'unanswered', why, retryAt: choice.retryAt, verdicts, ...so };
      }
      const { name } = choice.provider.offer;
      tried.push(name);
      const { attempted, call } = await book.ask(choice.provider, asked);
      so = { ...so, spent: plus(so.spent, attempted.cost), calls: call ? [...so.calls, call] : so.calls };
      if (attempted.kind === 'answered') return { kind: 'answered', value: attempted.value, provider: name, ...so };
      if (attempted.kind === 'failed') {
        so = { ...so, attempts: [...so.attempts, { provider: name, fault: attempted.fault }] };
      }
      // Another may cost less, so it goes on.
      if (attempted.kind === 'over-budget') overBudget = true;
    }
  };

  return {
    state: () => book.state(),
    ask: async (question, options) => {
      const answered = await answer(question, options);
      if (answered.kind === 'unanswered') happened.modelUnanswered(question.task, answered.why);
      return answered;
    },
  };
}

function whyNobody(verdicts: Verdicts): Unanswered {
  return Object.values(verdicts).every((verdict) => verdict === 'incapable' || verdict === 'too-long')
    ? 'incapable'
    : 'unavailable';
}
