import { describe, expect, test } from 'vitest';
import { serverWith } from './a-server.ts';

describe('without tokens', () => {
  const from = (headers: Record<string, string>, url = '/things/a') => ({ method: 'GET' as const, url, headers });

  test('pages from elsewhere are refused, and names that were made to point here', async () => {
    const { server } = await serverWith({ publicUrl: 'https://weir.example.com' });
    for (const headers of [{ origin: 'https://evil.example' }, { host: 'evil.example' }, { origin: 'null' }]) {
      expect((await server.inject(from(headers))).json()).toMatchObject({ type: 'urn:weir:error:not-allowed' });
    }
    const ours = [{ origin: 'http://localhost:8420' }, { host: '[::1]:8420' }, { host: 'weir.example.com' }];
    for (const headers of ours) expect((await server.inject(from(headers))).statusCode).toBe(200);
  });

  test('webhooks come under any name: they are signed', async () => {
    const { server } = await serverWith();
    expect((await server.inject(from({ host: 'x.ngrok.example' }, '/webhooks/acme/stripe'))).statusCode).toBe(404);
  });

  test('with tokens the token decides, not the name', async () => {
    const { server } = await serverWith({}, { open: false });
    expect((await server.inject(from({ host: 'evil.example' }))).statusCode).toBe(200);
  });
});
