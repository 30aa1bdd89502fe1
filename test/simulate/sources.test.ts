import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { checkEvents, draftOf, eventsIn } from '../../src/intake/cloudevents.ts';
import { defaultIntakeLimits } from '../../src/intake/limits.ts';
import type { EventDraft, Source, SourceRequest } from '../../src/intake/source.ts';
import { createGong } from '../../src/intake/sources/gong.ts';
import { hubspot } from '../../src/intake/sources/hubspot.ts';
import { intercom } from '../../src/intake/sources/intercom.ts';
import { stripe } from '../../src/intake/sources/stripe.ts';
import type { SimulatedRequest } from '../../src/simulate/request.ts';
import { aSimulation, directoryOf, publicUrl, requestsOf, secrets, signing } from './simulations.ts';

const sources: Readonly<Record<string, Source>> = { gong: createGong(), hubspot, intercom, stripe };
const now = Date.UTC(2026, 1, 1);
const simulation = aSimulation();
const accounts = directoryOf(simulation.company);

describe.each(['gong', 'hubspot', 'intercom', 'stripe'] as const)('what is sent as %s', (name) => {
  const requests = requestsOf({ repeats: 0.05 }).filter(({ source }) => source === name);
  const source = sources[name];
  if (!source) throw new Error(`no source ${name}`);

  test('is there', () => {
    expect(requests.length).toBeGreaterThan(30);
  });

  test('verifies as authentic with the present time, and not with another secret', async () => {
    const verdicts = await Promise.all(requests.map(async (one) => source.verify(received(one, now), [secrets[name]])));
    expect(verdicts.filter(({ kind }) => kind !== 'authentic')).toEqual([]);
    const [first] = requests;
    const other = first && (await source.verify(received(first, now), ['another secret']));
    expect(other?.kind).toBe('refused');
  });

  test('maps to events that have its time and are about whom it says', () => {
    for (const request of requests) {
      const drafts = draftsOf(source, request);
      expect(drafts).toHaveLength(request.events);
      for (const draft of drafts) {
        // A repeat is sent later than it happened.
        if (!request.repeat) expect(draft.time).toBe(request.at);
        if (draft.type !== 'stripe.payout.paid') expect([draft.entity]).toEqual(request.entity);
      }
    }
  });

  test('has a key of its own for each event, and the same for a repeat', () => {
    const keys = (repeat: boolean) =>
      requests.filter((one) => one.repeat === repeat).flatMap((one) => draftsOf(source, one).map(({ key }) => key));
    const first = keys(false);
    expect(new Set(first).size).toBe(first.length);
    expect(keys(true).length).toBeGreaterThan(0);
    expect(keys(true).filter((key) => !first.includes(key))).toEqual([]);
  });
});

describe('what is sent as CloudEvents', () => {
  const requests = requestsOf().filter(({ source }) => source === 'events');

  test('is valid, has its time, its stream, and is about whom it says', () => {
    const streams = new Set<string>();
    for (const request of requests) {
      const raw = eventsIn(received(request, now), defaultIntakeLimits);
      const checked = checkEvents(raw);
      if (checked.kind === 'invalid') throw new Error(JSON.stringify(checked.faults));
      for (const [index, event] of checked.events.entries()) {
        const draft = draftOf(event, raw[index] ?? {}, 'custom');
        expect(draft.time).toBe(request.at);
        expect([draft.entity]).toEqual(request.entity);
        streams.add(`${draft.stream} ${draft.type}`);
      }
    }
    expect(streams).toEqual(new Set(['market market.news', 'metrics metrics.sample']));
  });
});

test('a secret that goes into the address signs nothing else', async () => {
  const keyed = { ...signing, gong: { kind: 'key-in-url', key: 'a b&c' } } as const;
  const request = [...simulation.requests(keyed)].find(({ source }) => source === 'gong');
  if (!request) throw new Error('no call');
  expect(request.build(now).headers).not.toHaveProperty('authorization');
  expect(await sources['gong']?.verify(received(request, now), ['key:a b&c'])).toEqual({ kind: 'authentic' });
});

function received(request: SimulatedRequest, receivedAt: number): SourceRequest {
  const { method, path, headers, body } = request.build(receivedAt);
  return { method, url: publicUrl + path, headers, body: Buffer.from(body), receivedAt };
}

function draftsOf(source: Source, request: SimulatedRequest): EventDraft[] {
  const body: JsonObject | JsonObject[] = JSON.parse(request.build(now).body);
  return source.map(body, { org: 'acme', receivedAt: now, accounts }).map((mapped) => {
    if (mapped.kind !== 'event') throw new Error(`${mapped.kind}: ${mapped.reason}`);
    return mapped.draft;
  });
}
