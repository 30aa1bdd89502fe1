import type { IntakeHappenings } from '../intake/happenings.ts';
import type { Log } from '../log/log.ts';
import type { PipelineHappenings } from '../pipeline/run.ts';
import type { Archive } from '../store/clickhouse/archive.ts';
import { lawOf, type ArchiveCounts, type Baseline, type DoorCounts, type Law } from './law.ts';

/** Where this process stands: the law, and how many scores it committed. */
export interface Figures {
  readonly law: Law;
  readonly scores: number;
}

export interface FiguresDeps {
  readonly log: Pick<Log, 'info'>;
  readonly archive: Pick<Archive, 'account'>;
}

/** Counts what happens since now. Give the parts the happenings it hands out; what they told before is told on. */
export function createFigures<I extends IntakeHappenings, P extends PipelineHappenings>(intake: I, pipelines: P) {
  const door = { received: 0, ignored: 0, rejected: 0, stored: 0, duplicates: 0, dead: 0 };
  let scores = 0;

  return {
    intake: {
      ...intake,
      eventsReceived: (org, origin, tally) => {
        for (const name of names) door[name] += tally[name];
        intake.eventsReceived(org, origin, tally);
      },
    } satisfies IntakeHappenings,
    pipelines: {
      ...pipelines,
      committed: (commit, records, tookMs) => {
        scores += commit.scores.length;
        pipelines.committed(commit, records, tookMs);
      },
    } satisfies PipelineHappenings,

    /** Takes the archive's position as it is as the beginning, and answers where things stand from then on. */
    async begin(deps: FiguresDeps): Promise<() => Promise<Figures>> {
      const baseline: Baseline = { ...countsOf(deps), backlog: await pendingOf(deps) };
      return async () => ({ law: lawOf(door, countsOf(deps), await pendingOf(deps), baseline), scores });
    },
  };
}

const names = [
  'received',
  'ignored',
  'rejected',
  'stored',
  'duplicates',
  'dead',
] as const satisfies readonly (keyof DoorCounts)[];

function countsOf({ archive }: FiguresDeps): ArchiveCounts {
  const account = archive.account('EVENTS');
  const all = Object.values(account?.counts ?? {});
  return {
    stored: all.reduce((sum, { stored }) => sum + stored, 0),
    dead: all.reduce((sum, { dead }) => sum + dead, 0),
    lost: account?.lostTotal ?? 0,
  };
}

/** Records of EVENTS the archive has not reached. Timers among them count until it has passed them. */
async function pendingOf({ log, archive }: FiguresDeps): Promise<number> {
  const { lastSequence } = await log.info('EVENTS');
  return lastSequence - (archive.account('EVENTS')?.position.sequence ?? 0);
}
