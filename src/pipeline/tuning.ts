import type { StreamEvent } from '../core/event.ts';
import { textAt } from '../core/read.ts';
import type { HeldSettings, ScoreSettings } from '../core/settings.ts';
import type { Pipeline } from './define.ts';
import { cellsOf, type Cell } from './cell.ts';
import type { EntityState } from './state.ts';
import { segmentAt, toldAfter } from './steps/segment.ts';

export type Tuning = ReturnType<typeof createTuning>;

/** What is told of segments belongs to no pipeline, and is remembered as long as the entity is. */
const owner = '';
const segmentOperator = '\uffff segment';
const segmentCells = cellsOf(owner, segmentOperator);

/** An organisation's settings, and what was made of them. */
interface Tuned {
  readonly held: HeldSettings;
  /** By entity: segments that the configuration itself names. */
  readonly listed: ReadonlyMap<string, string>;
  /** By its name in lower case: the CRM may write it otherwise. */
  readonly named: ReadonlyMap<string, string>;
  /** By pipeline and segment; null: as shipped. */
  readonly under: Map<string, ScoreSettings | null>;
}

/**
 * The settings of all organisations as one partition knows them: a function of the records it was shown. Every partition is
 * shown the same ones at the same places, so what is changed holds from one place of the log on, on every replay.
 */
export function createTuning(pipelines: readonly Pick<Pipeline, 'name' | 'settings'>[]) {
  const orgs = new Map<string, Tuned>();
  const settings = new Map(pipelines.map((pipeline) => [pipeline.name, pipeline.settings]));

  const take = (held: HeldSettings): void => void orgs.set(held.org, tunedTo(held));

  function made({ held }: Tuned, pipeline: string, segment: string | undefined): ScoreSettings | null {
    const ofSegment = segment === undefined ? undefined : held.segments[segment];
    const set = { ...held.settings[pipeline], ...ofSegment?.settings[pipeline] };
    const values = settings.get(pipeline)?.sound(set) ?? {};
    const { version } = held;
    return Object.keys(values).length === 0 ? null : { version, segment: segment ?? null, values };
  }

  return {
    take,

    /** Under what a pipeline judges an entity at a moment (event time, ms); undefined: as shipped. */
    under(entity: EntityState, pipeline: string, time: number): ScoreSettings | undefined {
      const tuned = orgs.get(entity.org);
      if (!tuned) return undefined;
      const segment = segmentOf(tuned, entity, time);
      const key = `${pipeline}\0${segment ?? ''}`;
      let under = tuned.under.get(key);
      if (under === undefined) {
        under = made(tuned, pipeline, segment);
        tuned.under.set(key, under);
      }
      return under ?? undefined;
    },

    /** What is remembered of an event that names its entity's segment, to be put among the entity's cells. */
    told(
      { type, data }: StreamEvent,
      { org, cells }: EntityState,
      time: number,
    ): readonly [operator: string, key: string, Cell] | undefined {
      const segmentBy = orgs.get(org)?.held.segmentBy;
      if (!segmentBy || type !== companyChanged || textAt(data, 'propertyName') !== segmentBy) return undefined;
      const state = toldAfter(cells.get(segmentCells, segmentBy)?.state, time, textAt(data, 'propertyValue') ?? '');
      const expiresAt = Number.MAX_SAFE_INTEGER;
      const cell = { pipeline: owner, operator: segmentOperator, key: segmentBy, state, expiresAt };
      return [segmentCells, segmentBy, cell];
    },

    /** An organisation's settings; undefined: none were ever told. */
    held: (org: string): HeldSettings | undefined => orgs.get(org)?.held,

    /** To be written down: what is given here is never changed. */
    all: (): readonly HeldSettings[] => [...orgs.values()].map(({ held }) => held),

    restore(all: readonly HeldSettings[]): void {
      for (const held of all) take(held);
    },
  };
}

/** Whose company it is the event's entity says. */
const companyChanged = 'hubspot.company.propertyChange';

function tunedTo(held: HeldSettings): Tuned {
  const segments = Object.entries(held.segments);
  return {
    held,
    listed: new Map(
      segments.flatMap(([segment, { accounts }]) => accounts.map((account) => [`account:${account}`, segment])),
    ),
    named: new Map(segments.map(([segment]) => [segment.toLowerCase(), segment])),
    under: new Map(),
  };
}

/** What the configuration says, else what the CRM had said by then, where that is a segment. */
function segmentOf({ held, listed, named }: Tuned, { entity, cells }: EntityState, time: number): string | undefined {
  if (named.size === 0) return undefined;
  const { segmentBy } = held;
  const told = segmentBy === null ? undefined : cells.get(segmentCells, segmentBy)?.state;
  return listed.get(entity) ?? named.get(segmentAt(told, time)?.trim().toLowerCase() ?? '');
}
