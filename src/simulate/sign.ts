import { createHash, createHmac, sign as signBytes, type KeyObject } from 'node:crypto';

/** What a provider signs: the request as it goes out, and the present by which it signs, ms since 1970. */
export interface Unsigned {
  readonly method: string;
  /** The public address weir is known by, not the one it is reached at. */
  readonly url: string;
  readonly body: string;
  readonly now: number;
}

export type Headers = Readonly<Record<string, string>>;

const tokenLifeS = 300;

/** Gong's JWT, RS256 over address and body. By hand and not with jose, so that jose, which verifies it, is an independent judge. */
export function signGong({ url, body, now }: Unsigned, key: KeyObject): Headers {
  const issued = Math.floor(now / 1_000);
  const claims = {
    webhook_url: url,
    body_sha256: createHash('sha256').update(body).digest('hex'),
    iat: issued,
    exp: issued + tokenLifeS,
  };
  const signed = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => encoded(part)).join('.');
  return { authorization: `Bearer ${signed}.${signBytes('sha256', Buffer.from(signed), key).toString('base64url')}` };
}

/** HubSpot v3: method, address, body and time in ms. The addresses used here hold nothing that would have to be decoded first. */
export function signHubspot({ method, url, body, now }: Unsigned, clientSecret: string): Headers {
  const signature = createHmac('sha256', clientSecret).update(`${method}${url}${body}${now}`).digest('base64');
  return { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(now) };
}

/** Intercom: the body alone, SHA-1. */
export function signIntercom({ body }: Unsigned, clientSecret: string): Headers {
  return { 'x-hub-signature': `sha1=${createHmac('sha1', clientSecret).update(body).digest('hex')}` };
}

/** Stripe: time in seconds and body; the secret is the whole string, `whsec_` included. */
export function signStripe({ body, now }: Unsigned, secret: string): Headers {
  const time = Math.floor(now / 1_000);
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return { 'stripe-signature': `t=${time},v1=${signature}` };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
