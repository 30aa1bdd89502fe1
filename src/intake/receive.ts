import type { CloudEvent } from '../../schemas/event.ts';
import { alertOutcomeType } from '../../schemas/outcomes.ts';
import type { Clock } from '../core/clock.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { isWeirError, WeirError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Log } from '../log/log.ts';
import { checkEvents, draftOf, eventsIn, originOf, type EventFault } from './cloudevents.ts';
import { nothing, type IntakeHappenings, type Tally } from './happenings.ts';
import { createKeeper, type Item, type Kept, type LetterReason } from './keep.ts';
import { letterItems } from './letters.ts';
import type { IntakeLimits } from './limits.ts';
import { mapped } from './mapped.ts';
import type { IntakeOrg } from './orgs.ts';
import { createRateLimiter } from './rate.ts';
import type { Seen } from './seen.ts';
import type { EventsRequest, Source, SourceRequest } from './source.ts';
import { demandAuthentic, placeOf, verdictOn, webhookItems } from './webhook.ts';

export interface IntakeDeps {
  readonly log: Pick<Log, 'append'>;
  readonly seen: Pick<Seen, 'has' | 'ready'>;
  readonly clock: Clock;
  readonly sources: readonly Source[];
  readonly orgs: ReadonlyMap<string, IntakeOrg>;
  readonly partitions: number;
  readonly limits: IntakeLimits;
  readonly happened: IntakeHappenings;
}

/** The answer 202. `accepted + duplicates + ignored + deadLettered` are the events of the request. */
export interface IntakeAnswer {
  /** New in the log, acknowledged. */
  readonly accepted: number;
  /** In the log already. */
  readonly duplicates: number;
  /** Authentic and not wanted. */
  readonly ignored: number;
  /** Authentic and not mappable: kept in the dead letters. */
  readonly deadLettered: number;
  /** Message ids of the accepted events and the duplicates among events, in the order they came. */
  readonly ids: readonly string[];
}

/** What became of a dead letter that was handed in again. */
export interface ReplayAnswer extends IntakeAnswer {
  /** Why each event that still is one is a dead letter; it counts as a duplicate where the log has that letter already. */
  readonly deadAgain: readonly LetterReason[];
}

/** The door. Both reject with a WeirError; the catalogue says the status. */
export interface Intake {
  /** What a provider sends, as it sends it. */
  receiveWebhook(org: string, source: string, request: SourceRequest): Promise<IntakeAnswer>;
  /** CloudEvents over HTTP in any mode. The caller has checked that the sender may push to the org. */
  receiveEvents(org: string, request: EventsRequest): Promise<IntakeAnswer>;
  /** A dead letter of intake once more, from its bytes; its signature was checked when it came. */
  replay(letter: DeadLetter): Promise<ReplayAnswer>;
  /** Whether the org has that source; for what a provider asks before it sends (Intercom's HEAD). */
  knows(org: string, source: string): boolean;
  /** Events a second the org may send; undefined where there is no such org. */
  rateOf(org: string): number | undefined;
}

export function createIntake(deps: IntakeDeps): Intake {
  const { orgs, limits, happened } = deps;
  const sources = new Map(deps.sources.map((source) => [source.name, source]));
  const keeper = createKeeper(deps);
  const rate = createRateLimiter(deps.clock, limits.events);

  const ready = () => {
    if (!deps.seen.ready()) throw new WeirError('not-ready', 'weir is still reading what it has seen before.');
  };

  const reject = (org: string, origin: string, events: number) =>
    happened.eventsReceived(org, origin, { ...nothing, received: events, rejected: events });

  /** What fails before the events are told apart is counted as a request: which events it held is not known. */
  const refused = (org: string, origin: string, error: unknown): unknown => {
    if (isWeirError(error)) happened.requestRefused(org, origin, error.code);
    return error;
  };

  const admit = ({ name, eventsPerSecond }: IntakeOrg, origin: string, events: number) => {
    const retryAfterS = rate.take(name, eventsPerSecond, events);
    if (retryAfterS === 0) return;
    reject(name, origin, events);
    const detail = `This organisation may send ${eventsPerSecond} events a second.`;
    throw new WeirError('rate-exceeded', detail, { retryAfterS });
  };

  const answer = (items: readonly Item[], kept: readonly Kept[]) => answerTo(kept, keeper.count(items, kept));

  return {
    receiveWebhook: async (orgName, sourceName, request) => {
      const place = placeOf(orgName, sourceName, orgs, sources);
      let items: readonly Item[];
      try {
        ready();
        const verdict = verdictOn(place, request);
        // Nearly every source says it at once: waiting for nothing costs as much as a good part of the check.
        demandAuthentic(verdict instanceof Promise ? await verdict : verdict);
        items = webhookItems(place, request, limits);
      } catch (error) {
        throw refused(orgName, sourceName, error);
      }
      admit(place.org, sourceName, items.length);
      return answer(items, await keeper.keep(items));
    },

    receiveEvents: async (orgName, request) => {
      const org = orgs.get(orgName);
      if (!org) throw new WeirError('not-found', `There is no organisation "${orgName}".`);
      let raw: readonly JsonObject[];
      try {
        ready();
        raw = eventsIn(request, limits);
      } catch (error) {
        throw refused(orgName, 'custom', error);
      }
      const checked = checkEvents(raw);
      if (checked.kind === 'invalid') {
        reject(orgName, 'custom', raw.length);
        throw invalid(checked.faults, limits.faults);
      }
      if (!request.judges && checked.events.some(({ type }) => type === alertOutcomeType)) {
        reject(orgName, 'custom', raw.length);
        throw new WeirError(
          'not-allowed',
          `${alertOutcomeType} takes a token with the right "act" that sees all alerts.`,
        );
      }
      admit(org, 'custom', raw.length);
      const items = checked.events.map((event, index) => eventItem(event, raw[index] ?? {}, orgName, request));
      return answer(items, await keeper.keep(items));
    },

    replay: async (letter) => {
      ready();
      const items = letterItems(letter, orgs, sources, limits);
      const kept = await keeper.keep(items);
      const deadAgain = kept.flatMap((each) => ('why' in each && each.why ? [each.why] : []));
      return { ...answer(items, kept), deadAgain };
    },

    knows: (org, source) => sources.has(source) && (orgs.get(org)?.sources.has(source) ?? false),
    rateOf: (org) => orgs.get(org)?.eventsPerSecond,
  };
}

function eventItem(event: CloudEvent, raw: JsonObject, org: string, request: EventsRequest): Item {
  const { body, headers, receivedAt } = request;
  const origin = originOf(event);
  return {
    mapped: mapped(draftOf(event, raw, origin)),
    arrival: { org, origin, receivedAt },
    bytes: () => ({ body, contentType: headers['content-type'] ?? '' }),
  };
}

function invalid(faults: readonly EventFault[], most: number): WeirError {
  const [first] = faults;
  const where = first ? `; the first: event ${first.index}, ${first.pointer}: ${first.message}` : '';
  return new WeirError('event-invalid', `${faults.length} fault${faults.length === 1 ? '' : 's'}${where}.`, {
    extra: { errors: faults.slice(0, most) },
  });
}

/** Throws what the log said where it did not acknowledge all of them: what was kept counts once when it is sent again. */
function answerTo(kept: readonly Kept[], { stored, duplicates, ignored, dead }: Tally): IntakeAnswer {
  const ids: string[] = [];
  for (const each of kept) {
    if (each.kind === 'failed') throw each.error;
    if ((each.kind === 'stored' || each.kind === 'duplicate') && each.id !== undefined) ids.push(each.id);
  }
  return { accepted: stored, duplicates, ignored, deadLettered: dead, ids };
}
