import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { AgentInsight } from '../../../src/core/agent.ts';
import { createCoordinator } from '../../../src/providers/coordinator.ts';
import { configOf } from '../../../src/config/load.ts';
import { type ConfigInput } from '../../../src/config/schema.ts';
import { dayOf, providersOf } from '../../../src/providers/options.ts';
import type { Strategy } from '../../../src/providers/strategies.ts';
import { openAiServer, type Behaviour, type OpenAiServer } from './openai-server.ts';
import { listening } from './scripted.ts';

export const plenty = { money: 100, tokens: 1e9, calls: 1e6, agentSeconds: 0 };

export const late: AgentInsight = {
  kind: 'risk',
  entity: 'account:brightloom',
  title: 'Brightloom pays late',
  detail: '3 of 4 invoices were paid after 30 days.',
  evidence: [{ query: 'SELECT secret FROM events', params: {}, rowsHash: 'ab', text: '3 of 4 invoices paid late' }],
  effect: { name: 'share of invoices', value: 75, unit: '%' },
  confidence: 0.8,
  action: { text: 'Call Jane Doe', expectedValue: 48_000, currency: 'USD' },
};

export const findings = [late];

export const good = 'Brightloom paid 3 of 4 invoices late, 75% of them. Call Jane Doe; $48,000 is at stake.';

export const invented = 'Brightloom paid 9 of 12 invoices late.';

export const modelsConfig = (models: ConfigInput['models']) => configOf({ models }).models;

/** Models behind real servers, as a configuration has them; asked in turn. */
export async function configured(
  behaviours: Readonly<Record<string, (request: number) => Behaviour>>,
  clock = systemClock,
  strategy: Strategy = 'round-robin',
) {
  const providers: NonNullable<NonNullable<ConfigInput['models']>['providers']> = {};
  const started: Record<string, OpenAiServer> = {};
  for (const [name, behaviour] of Object.entries(behaviours)) {
    const server = await openAiServer(behaviour);
    onTestFinished(() => server.close());
    started[name] = server;
    const tight = { requestsPerMinute: 100_000, tokensPerMinute: 100_000_000, timeout: '20s' as const };
    providers[name] = {
      kind: 'openai-compatible',
      model: 'stub',
      url: server.url,
      apiKey: 'sk-very-secret',
      inputPrice: 1,
      outputPrice: 2,
      ...tight,
    };
  }
  const config = modelsConfig({
    providers,
    strategy,
    callsPerDay: 100_000,
    tokensPerDay: 1_000_000_000,
  });
  const heard = listening();
  const models = createCoordinator({
    providers: providersOf(config, clock),
    strategy: config.strategy,
    purse: dayOf(config, clock),
    clock,
    happened: heard,
  });
  return { models, heard, servers: started };
}

export const answering = (text: string) => (): Behaviour => ({ does: 'answer', text });
