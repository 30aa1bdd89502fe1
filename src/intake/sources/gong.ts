import { hash } from 'node:crypto';
import { errors, importSPKI, jwtVerify, type CryptoKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { gongWebhook } from '../../../schemas/sources/gong.ts';
import { durationMs } from '../../core/duration.ts';
import { messageOf } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { rfc3339Ms } from '../../core/time.ts';
import { entityOf, type Clues } from '../entity.ts';
import { ignored, mapped, misfit, unmappable } from '../mapped.ts';
import { idAt, isObject, objectsAt, textAt, valueAt } from '../read.ts';
import { authentic, refused, sameSecret, sameSignature } from '../signatures.ts';
import type { MapContext, Mapped, Source, SourceRequest, Verification } from '../source.ts';
import { uriPart } from '../uri.ts';

/** A configured secret that begins so is a key in the address; any other is a rule's public key. */
const keyPrefix = 'key:';

/**
 * Gong: recorded calls. A secret is one of two:
 * - the rule's public key as Gong shows it ("Show public key": bare base64, no PEM lines): then each request carries an
 *   RS256 token in `Authorization`, bound to body, address and a time;
 * - `key:<text>`: then the rule's address ends in `?key=<text>`, and nothing else authenticates the request.
 *
 * `type` is `gong.call`, the subject the call's id, the time its end, the data the whole body. How Gong repeats is not
 * said anywhere; a day is assumed.
 */
export function createGong(): Source {
  const keys = new LRUCache<string, Promise<CryptoKey>>({ max: 64 });
  return {
    name: 'gong',
    retryHorizonMs: durationMs('24h'),
    verify: (request, secrets) => verifyGong(request, secrets, keys),
    map: (body, context) => [isObject(body) ? mapGong(body, context) : unmappable('A Gong call is one object')],
  };
}

async function verifyGong(
  request: SourceRequest,
  secrets: readonly string[],
  keys: LRUCache<string, Promise<CryptoKey>>,
): Promise<Verification> {
  const urlKeys = secrets
    .filter((secret) => secret.startsWith(keyPrefix))
    .map((secret) => secret.slice(keyPrefix.length));
  const given = new URL(request.url).searchParams.get('key');
  if (given !== null && urlKeys.some((key) => sameSecret(key, given))) return authentic;

  const publicKeys = secrets.filter((secret) => !secret.startsWith(keyPrefix));
  const token = request.headers['authorization']?.replace(/^bearer /i, '');
  if (publicKeys.length === 0 || !token) {
    return given === null
      ? refused('signature-missing', 'There is neither a token in Authorization nor the key in the address.')
      : refused('signature-wrong', 'The key in the address is not the configured one.');
  }
  if (!isCanonical(token)) return refused('signature-wrong', 'The token is not a signed JWT in strict base64url.');
  let refusal: Verification = refused('signature-wrong', 'The token fits none of the public keys.');
  for (const publicKey of publicKeys) {
    const verdict = await verifyToken(token, request, publicKey, keys);
    if (verdict.kind === 'authentic') return verdict;
    // "Stale" says more than "wrong", which the other key of a rotation always is.
    if (verdict.code === 'signature-stale') refusal = verdict;
    else if (refusal.kind === 'refused' && refusal.code !== 'signature-stale') refusal = verdict;
  }
  return refusal;
}

/** The signature's last character has bits to spare, which a lenient decoder ignores. */
function isCanonical(token: string): boolean {
  const [, , signature, more] = token.split('.');
  return (
    signature !== undefined &&
    more === undefined &&
    Buffer.from(signature, 'base64url').toString('base64url') === signature
  );
}

async function verifyToken(
  token: string,
  request: SourceRequest,
  publicKey: string,
  keys: LRUCache<string, Promise<CryptoKey>>,
): Promise<Verification> {
  try {
    const { payload } = await jwtVerify(token, await imported(publicKey, keys), {
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'body_sha256', 'webhook_url'],
      currentDate: new Date(request.receivedAt),
    });
    const { body_sha256: digest, webhook_url: address } = payload;
    if (typeof digest !== 'string' || !sameSignature(hash('sha256', request.body, 'hex'), digest)) {
      return refused('signature-wrong', 'The token’s body_sha256 is not the digest of this body.');
    }
    if (typeof address !== 'string' || !sameAddress(address, request.url)) {
      return refused('signature-wrong', 'The token’s webhook_url is not the public address of this endpoint.');
    }
    return authentic;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return refused('signature-stale', 'The token has expired.');
    if (error instanceof errors.JOSEError) return refused('signature-wrong', `The token: ${error.message}`);
    return refused('signature-wrong', `The configured public key cannot be used: ${messageOf(error)}`);
  }
}

function imported(publicKey: string, keys: LRUCache<string, Promise<CryptoKey>>): Promise<CryptoKey> {
  const known = keys.get(publicKey);
  if (known) return known;
  const bare = publicKey.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  const lines = bare.match(/.{1,64}/g)?.join('\n') ?? '';
  const key = importSPKI(`-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----`, 'RS256');
  keys.set(publicKey, key);
  return key;
}

/** Scheme, host and path; a trailing slash and the query do not count. */
function sameAddress(claimed: string, actual: string): boolean {
  if (!URL.canParse(claimed)) return false;
  const [left, right] = [new URL(claimed), new URL(actual)];
  const bare = (path: string) => path.replace(/\/$/, '');
  return left.protocol === right.protocol && left.host === right.host && bare(left.pathname) === bare(right.pathname);
}

function mapGong(body: JsonObject, { accounts }: MapContext): Mapped {
  const { data: webhook } = gongWebhook.safeParse(body);
  if (!webhook) return misfit(gongWebhook, body);
  if (webhook.isTest === true) return ignored('test call');

  const call = webhook.callData.metaData;
  const startedMs = rfc3339Ms(call.started ?? '');
  const workspace = idAt(body, 'callData', 'metaData', 'workspaceId');
  return mapped({
    key: call.id,
    type: 'gong.call',
    source: workspace ? `https://app.gong.io/workspaces/${uriPart(workspace)}` : 'https://app.gong.io',
    subject: call.id,
    time: startedMs === undefined ? undefined : startedMs + (call.duration ?? 0) * 1000,
    entity: entityOf(cluesIn(body, call.id), accounts),
    stream: 'gong',
    data: body,
  });
}

/** The CRM's account and opportunity the call is filed under, and the addresses of those who are not one's own people. */
function cluesIn(body: JsonObject, callId: string): Clues {
  const call = valueAt(body, 'callData');
  const filedUnder = objectsAt(call, 'context').flatMap((crm) =>
    objectsAt(crm, 'objects').flatMap((object) => crmAlias(textAt(crm, 'system'), object) ?? []),
  );
  const external = objectsAt(call, 'parties').filter((party) => party['affiliation'] === 'External');
  return {
    aliases: filedUnder,
    emails: () => external.map((party) => textAt(party, 'emailAddress')),
    otherwise: `gong:call:${callId}`,
  };
}

function crmAlias(system: string | undefined, object: JsonObject): string | undefined {
  const id = idAt(object, 'objectId');
  if (id === undefined) return undefined;
  if (system === 'Salesforce') return `salesforce:${id}`;
  if (system === 'HubSpot') return `hubspot:${object['objectType'] === 'Opportunity' ? 'deal' : 'company'}:${id}`;
  return undefined;
}
