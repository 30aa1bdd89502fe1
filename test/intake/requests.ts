import { createHmac } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { aDoor, secrets, type Door, type DoorOptions } from './door.ts';
import { sample } from './samples.ts';

/** Opens the door of this test; it is shut after it. */
export async function open(options?: DoorOptions): Promise<Door> {
  const door = await aDoor(options);
  onTestFinished(() => door.server.close());
  return door;
}

export const invoice = sample('stripe/invoice.payment_failed.json');

export function stripeRequest(payload: Buffer, now: number) {
  const t = Math.floor(now / 1000);
  const v1 = createHmac('sha256', secrets.stripe).update(`${t}.`).update(payload).digest('hex');
  const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${t},v1=${v1}` };
  return { method: 'POST', url: '/webhooks/acme/stripe', headers, payload } as const;
}

export function eventsRequest(payload: object, type = 'application/cloudevents+json') {
  const headers = { 'content-type': type, authorization: 'Bearer of-acme' };
  return { method: 'POST', url: '/events/acme', headers, payload: JSON.stringify(payload) } as const;
}
