import type { IntakeHappenings, Tally } from '../intake/happenings.ts';
import type { Log } from '../log/log.ts';
import type { Position } from '../log/position.ts';
import { parseEventSubject } from '../log/subjects.ts';
import type { PipelineHappenings } from '../pipeline/happenings.ts';
import type { Archive } from '../store/clickhouse/archive.ts';
import { lawOf, type ArchiveCounts, type Baseline, type Law } from './law.ts';

/** Where this process stands: the law, and how many scores it committed. */
export interface Figures {
  readonly law: Law;
  /**
   * The law by source, once it is known whose the events are that the archive had left to do. What retention took
   * stays `pending` here: nobody can say any more whose it was.
   */
  readonly sources: ReadonlyMap<string, Law>;
  readonly scores: number;
  /** Records of EVENTS whose alerts may still be missing from the log: the pipelines are not done with them. */
  readonly unread: number;
}

export interface FiguresDeps {
  readonly log: Pick<Log, 'info' | 'read'>;
  readonly archive: Pick<Archive, 'account'>;
  readonly runtime: { stands(): Promise<{ readonly reached: Pick<Position, 'sequence'> }> };
}

/** Counts what happens since now. Give the parts the happenings it hands out; what they told before is told on. */
export function createFigures<I extends IntakeHappenings, P extends PipelineHappenings>(intake: I, pipelines: P) {
  const doors = new Map<string, Tally>();
  let scores = 0;

  return {
    intake: {
      ...intake,
      eventsReceived: (org, origin, tally) => {
        const source = doors.has(origin) || doors.size < sourcesMax ? origin : 'other';
        doors.set(source, sumOf(doorTerms, [doors.get(source) ?? closedDoor, tally]));
        intake.eventsReceived(org, origin, tally);
      },
    } satisfies IntakeHappenings,
    pipelines: {
      ...pipelines,
      committed: (said, tookMs) => {
        for (const { output, howMany } of said.made) if (output === 'score') scores += howMany;
        pipelines.committed(said, tookMs);
      },
    } satisfies PipelineHappenings,

    /** Takes the archive's position as it is as the beginning, and answers where things stand from then on. */
    async begin(deps: FiguresDeps): Promise<() => Promise<Figures>> {
      const after = deps.archive.account('EVENTS')?.position.sequence ?? 0;
      const [began, beganBySource] = [countsOf(deps), countsBySource(deps)];
      const { lastSequence } = await deps.log.info('EVENTS');
      let backlog = lastSequence - after;
      let backlogs: ReadonlyMap<string, number> | undefined;
      tellApart(deps.log, after, lastSequence).then(
        (told) => ({ events: backlog, sources: backlogs } = told),
        // The log is away or closed: the estimate stands, which takes timers among them for events.
        () => undefined,
      );

      const sourceLaw = (source: string, done: ReadonlyMap<string, ArchiveCounts>): Law => {
        const door = doors.get(source) ?? closedDoor;
        const archived = done.get(source) ?? emptyArchive;
        const baseline: Baseline = {
          ...(beganBySource.get(source) ?? emptyArchive),
          backlog: backlogs?.get(source) ?? 0,
        };
        const worked = archived.stored + archived.dead - baseline.stored - baseline.dead;
        return lawOf(door, archived, Math.max(0, baseline.backlog + door.stored - worked), baseline);
      };

      return async () => {
        // Where the pipelines stand first: what comes meanwhile lies before them. From the end of the log on, all is of one moment.
        const { reached } = await deps.runtime.stands();
        const { lastSequence } = await deps.log.info('EVENTS');
        // Records the archive has not reached. Timers among them count until it has passed them.
        const pending = lastSequence - (deps.archive.account('EVENTS')?.position.sequence ?? 0);
        const done = countsBySource(deps);
        return {
          law: lawOf(sumOf(doorTerms, [...doors.values()]), countsOf(deps), pending, { ...began, backlog }),
          sources: new Map(backlogs && [...doors.keys()].map((source) => [source, sourceLaw(source, done)])),
          scores,
          unread: lastSequence - reached.sequence,
        };
      };
    },
  };
}

/** Sources that are counted by themselves: publishers over NATS choose their names. What comes beyond is `other`. */
const sourcesMax = 200;

const closedDoor: Tally = {
  received: 0,
  ignored: 0,
  rejected: 0,
  unacknowledged: 0,
  stored: 0,
  duplicates: 0,
  dead: 0,
};
const emptyArchive: ArchiveCounts = { stored: 0, dead: 0, lost: 0 };

const doorTerms = [
  'received',
  'ignored',
  'rejected',
  'unacknowledged',
  'stored',
  'duplicates',
  'dead',
] as const satisfies readonly (keyof Tally)[];

function sumOf(terms: typeof doorTerms, counts: readonly Tally[]): Tally {
  const sum = { ...closedDoor };
  for (const each of counts) for (const term of terms) sum[term] += each[term];
  return sum;
}

function countsOf(deps: FiguresDeps): ArchiveCounts {
  const all = [...countsBySource(deps).values()];
  return {
    stored: all.reduce((sum, { stored }) => sum + stored, 0),
    dead: all.reduce((sum, { dead }) => sum + dead, 0),
    lost: deps.archive.account('EVENTS')?.lostTotal ?? 0,
  };
}

/** The account counts by organisation and source: `acme/stripe`. */
function countsBySource({ archive }: FiguresDeps): ReadonlyMap<string, ArchiveCounts> {
  const sums = new Map<string, ArchiveCounts>();
  for (const [pair, { stored, dead }] of Object.entries(archive.account('EVENTS')?.counts ?? {})) {
    const source = pair.slice(pair.indexOf('/') + 1);
    const before = sums.get(source) ?? emptyArchive;
    sums.set(source, { stored: before.stored + stored, dead: before.dead + dead, lost: 0 });
  }
  return sums;
}

const readAtOnce = 1_000;

/** How many events, and of which sources, lie in `(after, through]`. What is not there any more counts, of no source. */
async function tellApart(log: FiguresDeps['log'], after: number, through: number) {
  const sources = new Map<string, number>();
  let timers = 0;
  const reader = log.read('EVENTS', { after, maxMessages: readAtOnce });
  try {
    for (let reached = after; reached < through;) {
      const batch = await reader.next();
      for (const { sequence, subject } of batch) {
        if (sequence > through) break;
        const parsed = parseEventSubject(subject);
        if (parsed?.kind === 'event') sources.set(parsed.source, (sources.get(parsed.source) ?? 0) + 1);
        else timers += 1;
      }
      reached = batch.at(-1)?.sequence ?? through;
    }
  } finally {
    await reader.close();
  }
  return { events: through - after - timers, sources };
}
