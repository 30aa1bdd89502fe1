import type { DeadLetter } from '../core/dead-letter.ts';
import { WeirError } from '../core/errors.ts';
import { mapStructured } from './cloudevents.ts';
import type { Item } from './keep.ts';
import type { IntakeLimits } from './limits.ts';
import type { IntakeOrg } from './orgs.ts';
import type { Source } from './source.ts';
import { webhookItems } from './webhook.ts';

/** What is in a dead letter of intake, mapped anew. Throws `request-malformed` for a letter of another hop, `not-found` without its org. */
export function letterItems(
  { hop, org: orgName, source: origin, body, contentType, at }: DeadLetter,
  orgs: ReadonlyMap<string, IntakeOrg>,
  sources: ReadonlyMap<string, Source>,
  limits: IntakeLimits,
): readonly Item[] {
  if (hop !== 'intake') {
    throw new WeirError(
      'request-malformed',
      `A letter of the hop "${hop}" is not intake's to hand in again: its event is in the log.`,
    );
  }
  const org = orgs.get(orgName);
  if (!org) throw new WeirError('not-found', `There is no organisation "${orgName}".`);
  const bytes = Buffer.from(body, 'base64');
  const receivedAt = Date.parse(at);
  const source = sources.get(origin);
  // From NATS an origin may have a provider's name and still be a CloudEvent.
  if (source && !contentType.startsWith('application/cloudevents')) {
    return webhookItems({ org, source }, { body: bytes, headers: { 'content-type': contentType }, receivedAt }, limits);
  }
  return [
    {
      mapped: mapStructured(bytes, origin, limits),
      arrival: { org: orgName, origin, receivedAt },
      bytes: () => ({ body: bytes, contentType }),
    },
  ];
}
