import { WeirError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { parseJson } from './json.ts';
import type { Item } from './keep.ts';
import type { IntakeLimits } from './limits.ts';
import { unmappable } from './mapped.ts';
import type { IntakeOrg, IntakeSource } from './orgs.ts';
import { isObject } from './read.ts';
import { authentic } from './signatures.ts';
import type { Mapped, MapContext, Source, SourceRequest, Verification } from './source.ts';

/** Where a webhook is sent to. */
export interface Place {
  readonly org: IntakeOrg;
  readonly source: Source;
  readonly settings: IntakeSource;
}

/** Throws `not-found`, without saying which of the two there is not. */
export function placeOf(
  orgName: string,
  sourceName: string,
  orgs: ReadonlyMap<string, IntakeOrg>,
  sources: ReadonlyMap<string, Source>,
): Place {
  const org = orgs.get(orgName);
  const source = sources.get(sourceName);
  const settings = org?.sources.get(sourceName);
  if (org && source && settings) return { org, source, settings };
  throw new WeirError('not-found', 'There is no such organisation, or it has no such source configured.');
}

/** What the source says of the request; throws `not-allowed` where the configuration leaves out how to tell. */
export function verdictOn({ source, settings }: Place, request: SourceRequest): Verification | Promise<Verification> {
  if (settings.secrets.length > 0) return source.verify(request, settings.secrets);
  if (settings.unsigned) return authentic;
  throw new WeirError('not-allowed', 'This source has neither a secret nor `unsigned: true` in the configuration.');
}

/** Throws `signature-missing`, `-wrong` or `-stale`. */
export function demandAuthentic(verdict: Verification): void {
  if (verdict.kind === 'refused') throw new WeirError(verdict.code, verdict.detail);
}

/** What is in an authentic body. Throws `body-malformed`; what is JSON and cannot be mapped is an item that is dead. */
export function webhookItems(
  { org, source }: Pick<Place, 'org' | 'source'>,
  { body, headers, receivedAt }: Pick<SourceRequest, 'body' | 'headers' | 'receivedAt'>,
  limits: IntakeLimits,
): readonly Item[] {
  const parsed = parseJson(body, limits);
  const events = mapBody(source, parsed, { org: org.name, receivedAt, accounts: org.accounts });
  const arrival = { org: org.name, origin: source.name, receivedAt };
  const contentType = headers['content-type'] ?? 'application/json';
  // For the dead letters: of a list, the element as a list of one, which can be handed in again by itself.
  const elements = Array.isArray(parsed) && parsed.length === events.length && events.length > 1 ? parsed : undefined;
  return events.map((mapped, index) => ({
    mapped,
    arrival,
    json: mapped.kind === 'event' && mapped.draft.data === parsed && isCompact(body) ? body : undefined,
    bytes: () => ({ body: elements ? Buffer.from(JSON.stringify([elements[index]])) : body, contentType }),
  }));
}

/** JSON without a line break was not written to be read by people: little would be saved by writing it anew. */
function isCompact(body: Buffer): boolean {
  return !body.includes(0x0a);
}

function mapBody(source: Source, body: Json, context: MapContext): readonly Mapped[] {
  if (isObject(body)) return source.map(body, context);
  if (Array.isArray(body) && body.every(isObject)) return source.map(body, context);
  return [unmappable('The body is neither an object nor a list of objects')];
}
