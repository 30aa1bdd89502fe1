import { type AlertObservation, severities } from '../../src/core/alert.ts';
import type { TaskRequest } from '../../src/core/commit.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Score } from '../../src/core/score.ts';
import { checkEvents, draftOf, eventsIn } from '../../src/intake/cloudevents.ts';
import { eventOf } from '../../src/intake/event-of.ts';
import { defaultIntakeLimits } from '../../src/intake/limits.ts';
import type { EventDraft, Source } from '../../src/intake/source.ts';
import { createGong } from '../../src/intake/sources/gong.ts';
import { hubspot } from '../../src/intake/sources/hubspot.ts';
import { intercom } from '../../src/intake/sources/intercom.ts';
import { stripe } from '../../src/intake/sources/stripe.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { builtInPipelines, loadPipelines } from '../../src/pipeline/load.ts';
import { createState } from '../../src/pipeline/state.ts';
import type { Simulation } from '../../src/simulate/generate.ts';
import type { Opening } from '../../src/simulate/outcome.ts';
import type { SimulatedRequest } from '../../src/simulate/request.ts';
import { directoryOf, end, signing } from './simulations.ts';

const sources: Readonly<Record<string, Source>> = { gong: createGong(), hubspot, intercom, stripe };

/** Nothing is verified here, so the dearest of the signatures is left out. */
const unsigned = { ...signing, gong: { kind: 'key-in-url', key: 'none' } } as const;

interface Told {
  readonly openings: readonly Opening[];
  /** What agents were asked to look into. */
  readonly tasks: readonly TaskRequest[];
  readonly dead: number;
  readonly events: number;
}

/** What the pipelines that come with weir make of a simulation: every alert each time it is opened, without a daemon. */
export async function openedBy(simulation: Simulation): Promise<Told> {
  const { pipelines, faults } = await loadPipelines(builtInPipelines);
  if (faults.length > 0) throw new Error(faults.map(({ file, message }) => `${file}: ${message}`).join('\n'));
  const engine = createEngine(
    pipelines.map(({ pipeline }) => pipeline),
    createState(),
  );
  const accounts = directoryOf(simulation.company);
  const observations: AlertObservation[] = [];
  const tasks: TaskRequest[] = [];
  let dead = 0;
  let sequence = 0;
  for (const request of simulation.requests(unsigned)) {
    for (const event of eventsOf(request, accounts)) {
      engine.event(event, (sequence += 1));
      const outputs = engine.take();
      observations.push(...outputs.alertObservations);
      tasks.push(...outputs.tasks);
      dead += outputs.dead.length;
    }
  }
  return { openings: openingsIn(observations), tasks, dead, events: sequence };
}

/** The events of a simulation, and the scores that the pipelines make of them: what the archive would hold. */
export async function archivedOf(simulation: Simulation): Promise<{ events: StreamEvent[]; scores: Score[] }> {
  const { pipelines } = await loadPipelines(builtInPipelines);
  const engine = createEngine(
    pipelines.map(({ pipeline }) => pipeline),
    createState(),
  );
  const accounts = directoryOf(simulation.company);
  const events = [...simulation.requests(unsigned)].flatMap((request) => eventsOf(request, accounts));
  const scores = events.flatMap((event, index) => {
    engine.event(event, index + 1);
    return engine.take().scores;
  });
  return { events, scores };
}

/** Every alert each time it was opened, as severe as it became. */
function openingsIn(observations: readonly AlertObservation[]): Opening[] {
  const openings: Opening[] = [];
  const open = new Map<string, number>();
  for (const one of observations) {
    if (one.kind !== 'raised') {
      open.delete(one.alertId);
      continue;
    }
    const place = open.get(one.alertId) ?? openings.length;
    open.set(one.alertId, place);
    const { kind, severity } = one.content;
    const before = openings[place];
    const isWorse = before && severities.indexOf(severity) > severities.indexOf(before.severity);
    openings[place] = before
      ? { ...before, severity: isWorse ? severity : before.severity }
      : { id: one.alertId, kind, entity: one.entity, rule: one.rule, severity, openedAt: one.time };
  }
  return openings;
}

function eventsOf(request: SimulatedRequest, accounts: ReturnType<typeof directoryOf>): StreamEvent[] {
  const origin = request.source === 'events' ? 'custom' : request.source;
  const arrival = { org: request.org, origin, receivedAt: end };
  return draftsOf(request, accounts).map((draft) => eventOf(draft, arrival, defaultIntakeLimits));
}

function draftsOf(request: SimulatedRequest, accounts: ReturnType<typeof directoryOf>): EventDraft[] {
  const { headers, body } = request.build(end);
  const source = sources[request.source];
  if (source) {
    const parsed: JsonObject | JsonObject[] = JSON.parse(body);
    const context = { org: request.org, receivedAt: end, accounts };
    return source.map(parsed, context).flatMap((one) => (one.kind === 'event' ? [one.draft] : []));
  }
  const raw = eventsIn({ headers, body: Buffer.from(body) }, defaultIntakeLimits);
  const checked = checkEvents(raw);
  if (checked.kind === 'invalid') throw new Error(JSON.stringify(checked.faults));
  return checked.events.map((event, index) => draftOf(event, raw[index] ?? {}, 'custom'));
}
