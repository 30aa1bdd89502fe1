import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { open } from './requests.ts';

describe('what is asked before anything is sent', () => {
  test('Intercom’s HEAD is answered 2xx where the source is configured', async () => {
    const { server } = await open();
    expect((await server.inject({ method: 'HEAD', url: '/webhooks/acme/intercom' })).statusCode).toBe(204);
    expect((await server.inject({ method: 'HEAD', url: '/webhooks/acme/unknown' })).statusCode).toBe(404);
  });

  test('the CloudEvents handshake consents to the origin that asks, at the org’s rate', async () => {
    const { server } = await open({ eventsPerSecond: 10 });
    const asked = {
      method: 'OPTIONS',
      url: '/events/acme',
      headers: { 'webhook-request-origin': 'events.example' },
    } as const;
    const { statusCode, headers } = await server.inject(asked);
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      allow: 'POST, OPTIONS',
      'webhook-allowed-origin': 'events.example',
      'webhook-allowed-rate': '600',
    });
    const plain = await server.inject({ method: 'OPTIONS', url: '/events/acme' });
    expect([plain.statusCode, plain.headers['webhook-allowed-origin']]).toEqual([204, undefined]);
    expect((await server.inject({ ...asked, url: '/events/nobody' })).statusCode).toBe(404);
  });

  test('the OpenAPI document describes all of it', async () => {
    const { server } = await open();
    const document = z
      .object({
        paths: z.record(
          z.string(),
          z.record(z.string(), z.object({ summary: z.string(), responses: z.object({}).catchall(z.unknown()) })),
        ),
      })
      .parse((await server.inject('/openapi.json')).json());
    expect(document.paths['/webhooks/{org}/{source}']?.['post']?.responses).toHaveProperty('202');
    expect(document.paths['/events/{org}']?.['post']?.responses).toHaveProperty('202');
  });
});
