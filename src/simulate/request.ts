import type { KeyObject } from 'node:crypto';
import type { Notice, Provider } from './notice.ts';
import { type Headers, signGong, signHubspot, signIntercom, signStripe, type Unsigned } from './sign.ts';

/** One request as it goes out. */
export interface BuiltRequest {
  readonly method: 'POST';
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A request to be: sent now or sent again, it is signed with the time it goes out at, its body unchanged. */
export interface SimulatedRequest {
  /** Event time, ms since 1970. */
  readonly at: number;
  readonly org: string;
  readonly source: Provider | 'events';
  readonly path: string;
  /** How many events it holds. */
  readonly events: number;
  /** Whom its events are about. */
  readonly entity: readonly string[];
  /** Sent before: a provider's retry, all of its events are duplicates. */
  readonly repeat: boolean;
  /** `signingNow`: the present, ms since 1970. */
  build(signingNow: number): BuiltRequest;
}

/** What requests are signed with, and the address weir is known by. */
export interface Signing {
  readonly org: string;
  /** `http://127.0.0.1:8420`, without a slash at its end: HubSpot and Gong sign it. */
  readonly publicUrl: string;
  readonly gong: GongSigning;
  readonly hubspot: string;
  readonly intercom: string;
  readonly stripe: string;
  /** Bearer token for CloudEvents, where the daemon asks for one. */
  readonly token?: string;
}

export type GongSigning =
  | { readonly kind: 'jwt'; readonly key: KeyObject }
  | { readonly kind: 'key-in-url'; readonly key: string };

export function requestOf(notice: Notice, signing: Signing, repeat = false): SimulatedRequest {
  const path = pathOf(notice, signing);
  const body = JSON.stringify(bodyOf(notice));
  const url = signing.publicUrl + path;
  return {
    at: notice.at,
    org: signing.org,
    source: notice.source,
    path,
    events: notice.events.length,
    entity: notice.entity,
    repeat,
    build: (signingNow) => ({
      method: 'POST',
      path,
      headers: {
        'content-type': contentTypeOf(notice),
        ...signed(notice.source, { method: 'POST', url, body, now: signingNow }, signing),
      },
      body,
    }),
  };
}

function pathOf({ source }: Notice, { org, gong }: Signing): string {
  if (source === 'events') return `/events/${org}`;
  const key = source === 'gong' && gong.kind === 'key-in-url' ? `?key=${encodeURIComponent(gong.key)}` : '';
  return `/webhooks/${org}/${source}${key}`;
}

/** HubSpot sends an array even of one; CloudEvents a batch where there are several. */
function bodyOf({ source, events }: Notice): unknown {
  return source === 'hubspot' || events.length > 1 ? events : events[0];
}

function contentTypeOf({ source, events }: Notice): string {
  if (source !== 'events') return 'application/json';
  return events.length > 1 ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';
}

function signed(source: Notice['source'], unsigned: Unsigned, signing: Signing): Headers {
  switch (source) {
    case 'gong':
      return signing.gong.kind === 'jwt' ? signGong(unsigned, signing.gong.key) : {};
    case 'hubspot':
      return signHubspot(unsigned, signing.hubspot);
    case 'intercom':
      return signIntercom(unsigned, signing.intercom);
    case 'stripe':
      return signStripe(unsigned, signing.stripe);
    case 'events':
      return signing.token === undefined ? {} : { authorization: `Bearer ${signing.token}` };
    default:
      return source satisfies never;
  }
}
