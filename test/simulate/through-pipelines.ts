import type { AlertObservation } from '../../src/core/alert.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
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
import type { SimulatedRequest } from '../../src/simulate/request.ts';
import { directoryOf, end, signing } from './simulations.ts';

const sources: Readonly<Record<string, Source>> = { gong: createGong(), hubspot, intercom, stripe };

/** Nothing is verified here, so the dearest of the signatures is left out. */
const unsigned = { ...signing, gong: { kind: 'key-in-url', key: 'none' } } as const;

export type Raised = Extract<AlertObservation, { kind: 'raised' }>;

/** What the pipelines that come with weir make of a simulation: every alert each time it is raised, without a daemon. */
export async function raisedBy(simulation: Simulation): Promise<{ raised: Raised[]; dead: number; events: number }> {
  const { pipelines, faults } = await loadPipelines(builtInPipelines);
  if (faults.length > 0) throw new Error(faults.map(({ file, message }) => `${file}: ${message}`).join('\n'));
  const engine = createEngine(
    pipelines.map(({ pipeline }) => pipeline),
    createState(),
  );
  const accounts = directoryOf(simulation.company);
  const raised: Raised[] = [];
  let dead = 0;
  let sequence = 0;
  for (const request of simulation.requests(unsigned)) {
    for (const event of eventsOf(request, accounts)) {
      engine.event(event, (sequence += 1));
      const outputs = engine.take();
      raised.push(...outputs.alertObservations.filter((one) => one.kind === 'raised'));
      dead += outputs.dead.length;
    }
  }
  return { raised, dead, events: sequence };
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
