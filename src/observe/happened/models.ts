import type { ProviderHappenings } from '../../providers/happenings.ts';
import type { Observing } from '../happened.ts';
import { durationBuckets } from '../metrics.ts';

export function modelsHappened({ log, metrics, seldom }: Observing): ProviderHappenings {
  const calls = metrics.histogram(
    'weir_model_call_seconds',
    'Calls to language models, and how they ended.',
    durationBuckets,
    ['provider', 'task', 'outcome'],
  );
  const tokens = metrics.counter('weir_model_tokens_total', 'Tokens that calls to models took.', ['provider']);
  const money = metrics.counter('weir_model_dollars_total', 'US dollars that calls to models cost.', ['provider']);
  const opened = metrics.counter('weir_model_breaker_opened_total', 'How often a provider was left alone for faults.', [
    'provider',
  ]);
  const unanswered = metrics.counter('weir_model_unanswered_total', 'Questions that no model answered, and why.', [
    'task',
    'why',
  ]);
  return {
    modelCalled({ provider, task, outcome, detail, latencyMs, tokens: taken, money: cost }) {
      calls.observe(latencyMs / 1_000, { provider, task, outcome });
      tokens.inc({ provider }, taken);
      money.inc({ provider }, cost);
      if (outcome === 'misconfigured') {
        seldom(`model ${provider} misconfigured`, (more) =>
          log.error({ provider, detail, more }, 'A provider of models refuses us: look at its key, address and model'),
        );
      } else log.debug({ provider, task, outcome, detail, latencyMs }, 'A model was asked');
    },
    breakerOpened(provider, forMs) {
      opened.inc({ provider });
      log.warn({ provider, forMs }, 'A provider of models fails; others are asked');
    },
    breakerClosed: (provider) => log.info({ provider }, 'A provider of models answers again'),
    modelUnanswered(task, why) {
      unanswered.inc({ task, why });
      seldom(`models ${task} ${why}`, (more) =>
        log.warn({ task, why, more }, 'No model answers; weir goes on without one'),
      );
    },
  };
}
