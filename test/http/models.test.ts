import { beforeEach, describe, expect, test } from 'vitest';
import type { Identity } from '../../src/auth/identity.ts';
import type { ModelView } from '../../src/core/model.ts';
import { modelRoutes } from '../../src/http/routes/models.ts';
import { createModels } from '../../src/pipeline/model-service.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { serverOf } from '../support/serving.ts';

let log: MemoryLog;
const now = Date.UTC(2026, 5, 1);

const model: ModelView = {
  name: 'deal_propensity',
  description: 'how likely a deal is won',
  judging: { version: 2, pinned: false },
  examples: 60,
  failed: { examples: 0, reason: null },
  learned: { outcomes: { positive: 20, negative: 40 }, calibration: [], weights: [], driftAlarms: 0 },
  versions: [
    { version: 2, at: '2026-05-02T00:00:00.000Z', examples: 50 },
    { version: 1, at: '2026-05-01T00:00:00.000Z', examples: 25 },
  ],
  releases: [],
};

beforeEach(() => {
  log = createMemoryLog({ now: () => now });
});

describe('models', () => {
  test('are listed and shown, the own ones only', async () => {
    const ask = await asking();
    expect(await ask('/models')).toEqual({ models: [model] });
    expect(await ask('/models/deal_propensity')).toEqual(model);
    expect(await ask('/models/none')).toMatchObject({ type: 'urn:weir:error:not-found' });
    expect(await ask('/models?org=other')).toMatchObject({ type: 'urn:weir:error:not-allowed' });
  });

  test.each([1, 0, 'latest'] as const)(
    'are made to judge by version %s, with who, when and why in the log',
    async (version) => {
      const said = {
        model: 'deal_propensity',
        version,
        why: 'an import gone wrong',
        by: 'ada',
        at: '2026-06-01T00:00:00.000Z',
      };
      const ask = await asking();
      expect(await ask('/models/deal_propensity/release', { version, why: 'an import gone wrong' })).toEqual(said);
      expect(log.messagesOf('EVENTS').map(({ subject }) => subject)).toEqual(['weir.models.acme']);
      expect(log.jsonOf('EVENTS')).toEqual([{ record: 'release', org: 'acme', ...said }]);
    },
  );

  test('have no way to a version that is not kept, and say which are', async () => {
    const ask = await asking();
    expect(await ask('/models/deal_propensity/release', { version: 7, why: 'a try' })).toMatchObject({
      type: 'urn:weir:error:not-found',
      detail: 'Version 7 of deal_propensity is not kept: there are 2, 1, 0.',
    });
    expect(log.jsonOf('EVENTS')).toEqual([]);
  });

  test('are released only by those who may act, with a reason', async () => {
    const reading = await asking({ rights: ['read'] });
    const body = { version: 1, why: 'a try' };
    expect(await reading('/models/deal_propensity/release', body)).toMatchObject({
      type: 'urn:weir:error:not-allowed',
    });
    const ask = await asking();
    for (const wrong of [
      { version: 1 },
      { why: 'a try' },
      { version: -1, why: 'a try' },
      { version: 'newest', why: 'x' },
    ]) {
      expect(await ask('/models/deal_propensity/release', wrong)).toMatchObject({
        type: 'urn:weir:error:request-malformed',
      });
    }
    expect(log.jsonOf('EVENTS')).toEqual([]);
  });
});

async function asking(more: Partial<Identity> = {}) {
  const identity: Identity = { subject: 'ada', org: 'acme', roles: [], rights: ['read', 'act'], ...more };
  const server = await serverOf(
    modelRoutes({
      models: createModels({ log, views: async (org) => (org === 'acme' ? [model] : []) }),
      authenticator: { required: true, identify: async () => identity },
      orgs: ['acme', 'other'],
      clock: { now: () => now },
    }),
  );
  return async (url: string, body?: object) =>
    (await server.inject(body ? { method: 'POST', url, payload: body } : { method: 'GET', url })).json();
}
