import type { StreamEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';

/**
 * P A source: how one provider signs and what it sends. Adapters stand in `sources/`, one vendor a file; they are pure but for
 * cryptography. `receive.ts` calls `verify` with the raw bytes, parses them, then calls `map`.
 */
export interface Source {
  /** The origin: `gong`, `hubspot`, … */
  readonly name: string;
  /** How long the provider repeats an event that was not acknowledged; as long `seen` remembers ids. 0: not at all. */
  readonly retryHorizonMs: number;
  /** Whether the request is the provider's. `secrets` holds one, or two during a rotation; any of them may fit. */
  verify(request: SourceRequest, secrets: readonly string[]): Verification | Promise<Verification>;
  /** The events in an authentic body, in the provider's order. Never throws for what a provider might send. */
  map(body: JsonObject | readonly JsonObject[], context: MapContext): readonly Mapped[];
}

export interface SourceRequest {
  readonly method: string;
  /** The public address, from the configured public base URL and the path and query as received; never from `Host`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes exactly as received: signatures are over them. */
  readonly body: Buffer;
  /** ms since 1970. */
  readonly receivedAt: number;
}

/** A request with CloudEvents, whose sender may push to the org. */
export interface EventsRequest extends Pick<SourceRequest, 'headers' | 'body' | 'receivedAt'> {
  /** Whether the sender may also say what the org's alerts are worth (`weir.outcome.alert`). */
  readonly judges: boolean;
}

export type Verification =
  | { readonly kind: 'authentic' }
  | {
      readonly kind: 'refused';
      readonly code: 'signature-missing' | 'signature-wrong' | 'signature-stale';
      readonly detail: string;
    };

export interface MapContext {
  readonly org: string;
  readonly receivedAt: number;
  readonly accounts: AccountDirectory;
}

/** What a source makes of one event: the part of a StreamEvent only it can know. `key` is the provider's dedupe key. */
export interface EventDraft {
  readonly key: string;
  readonly type: string;
  /** CloudEvents source URI: who said it, such as `https://api.hubspot.com/portals/62515`. */
  readonly source: string;
  readonly subject: string | null;
  /** ms since 1970; undefined where the provider says none: then it is the time of receipt. */
  readonly time: number | undefined;
  readonly entity: string;
  readonly stream: StreamEvent['stream'];
  readonly data: JsonObject;
}

export type Mapped =
  | { readonly kind: 'event'; readonly draft: EventDraft }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: string; readonly detail: string };

/**
 * Which account an alias belongs to, from the organisation's configuration, so that calls, deals, conversations and
 * invoices of one customer meet in one entity. Aliases: `domain:brightloom.io`, `hubspot:company:55`, `hubspot:deal:9`,
 * `stripe:cus_…`, `intercom:contact:…`, `salesforce:001…`. Pure; the same alias always gives the same answer in one start.
 */
export interface AccountDirectory {
  /** The account's name (`brightloom`), or undefined where no account claims the alias. */
  find(alias: string): string | undefined;
}
