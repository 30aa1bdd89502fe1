import { styleText } from 'node:util';
import type { Law } from '../../observe/law.ts';
import type { Session } from '../../../schemas/run.ts';
import { describe } from '../../simulate/expectations.ts';
import { findingsLooked, isExplained, type StoryRuns } from '../../simulate/explained.ts';
import type { Simulation } from '../../simulate/generate.ts';
import type { StoryOutcome } from '../../simulate/outcome.ts';
import type { PlayCounts } from '../../simulate/run.ts';
import type { Context } from '../context.ts';
import { howMany, plain, table } from '../output.ts';
import { rendered } from '../runs/line.ts';
import type { AlertMessage } from '../tail/follow.ts';
import type { DemoResult } from './run.ts';
import type { EndedRun } from './runs.ts';

/** What a person sees of the demo: alerts line by line, and one line of counts below them that stays. */
export interface Screen {
  began(address: string, simulation: Simulation): void;
  alert(message: AlertMessage): void;
  runBegan(run: Session): void;
  runEnded(run: EndedRun): void;
  progress(counts: PlayCounts, of: number): void;
  played(address: string): void;
  counts(law: Law, alerts: number, runsUnderWay: number): void;
  said(text: string): void;
  summary(result: DemoResult): void;
  close(): void;
}

const colours = { info: 'cyan', warning: 'yellow', critical: 'red' } as const;

const endings = {
  completed: 'green',
  undone: 'yellow',
  cancelled: 'yellow',
  refused: 'yellow',
  failed: 'red',
  waiting: 'dim',
  'under-way': 'dim',
} as const satisfies Record<Session['status'], string>;

const atTime = (time: string): string => styleText('dim', time.slice(0, 16).replace('T', ' '));
const about = (entity: string | null): string => plain(entity ?? 'all');

/** Letters of what an alert goes by. */
const evidenceShown = 100;

/** Of unplanned alerts so many are listed. */
const unplannedShown = 10;

export function createScreen({ err, errIsTerminal }: Context): Screen {
  let live = '';

  /** A line above the one that stays. */
  const line = (text: string): void => err(errIsTerminal ? `\r\u001B[K${text}\n${live}` : `${text}\n`);
  const stay = (text: string): void => {
    if (!errIsTerminal || text === live) return;
    live = text;
    err(`\r\u001B[K${live}`);
  };

  return {
    began(address, { count, company, expected }) {
      line(`${styleText('bold', 'weir')} listens on ${styleText('underline', address)}  (the API: ${address}/docs)`);
      line(
        `${company.org}: ${count} events of ${company.accounts.length} customers over weeks, ${expected.length} alerts are planted`,
      );
    },
    alert({ transition, alert, at }) {
      const severity = styleText(colours[alert.severity], alert.severity.padEnd(8));
      const change = styleText(transition === 'opened' ? 'bold' : 'dim', transition.padEnd(12));
      const [evidence] = alert.evidence;
      const why =
        transition === 'opened' && evidence
          ? `  ${styleText('dim', rendered([evidence.text], { coloured: false, width: evidenceShown }))}`
          : '';
      line(`${atTime(at)} ${severity} ${change} ${plain(alert.title)}${why}`);
    },
    runBegan: ({ kind, entity, asOf }) =>
      line(
        `${atTime(asOf)} ${styleText('magenta', 'agents  ')} ${styleText('dim', 'look into   ')} ${kind}, ${about(entity)}`,
      ),
    runEnded({ kind, entity, asOf, status, tookMs, findings: [first] }) {
      const ending = styleText(endings[status], status.padEnd(12));
      const found = first ? plain(first.title) : 'nothing found';
      const how = styleText('dim', `${kind}, ${about(entity)}, ${(tookMs / 1_000).toFixed(1)} s`);
      line(`${atTime(asOf)} ${styleText('magenta', 'agents  ')} ${ending} ${found}  ${how}`);
    },
    progress: ({ sent, accepted, retried }, of) =>
      stay(
        styleText(
          'dim',
          `${sent} of ${of} events sent, ${accepted} accepted${retried > 0 ? `, ${retried} sent again` : ''}`,
        ),
      ),
    played: (address) => line(`All is played. weir goes on at ${address}; Ctrl-C ends it.`),
    counts: ({ accepted, stored, pending }, alerts, runsUnderWay) =>
      stay(
        styleText(
          'dim',
          `${accepted} accepted, ${stored} stored, ${pending} on their way, ${howMany(alerts, 'alert')}, ${howMany(runsUnderWay, 'run')} under way`,
        ),
      ),
    said: (text) => line(styleText('dim', text)),
    summary({ summary, outcome, explained, played }) {
      stay('');
      const { received, ignored, rejected, accepted, stored, duplicates, dead, pending, lost, alerts, latencyMs } =
        summary;
      line('');
      line(`received ${received} = ignored ${ignored} + rejected ${rejected} + accepted ${accepted}`);
      line(
        `accepted ${accepted} = stored ${stored} + duplicates ${duplicates} + dead ${dead} + pending ${pending} + lost ${lost}`,
      );
      line(
        `${howMany(summary.scores, 'score')}, ${howMany(alerts.total, 'alert')}: ${counted(alerts.bySeverity)}; ${counted(alerts.byKind)}`,
      );
      line(`from receipt to subscriber: p50 ${latencyMs.p50 ?? '–'} ms, p99 ${latencyMs.p99 ?? '–'} ms`);
      const { total, completed, failed, undone, steps, approvals } = summary.runs;
      line(
        `${howMany(total, 'run')} of agents: ${completed} completed, ${failed} failed, ${undone} undone; ${howMany(steps, 'step')}, ${howMany(approvals, 'approval')} asked for`,
      );
      if (!played) return;
      line('');
      line(storyTable(outcome.stories).trimEnd());
      for (const { missing } of outcome.stories) {
        for (const one of missing) line(styleText('red', `missing: ${describe(one)}`));
      }
      for (const story of explained) for (const text of toldStory(story)) line(text);
      line('');
      line(`${summary.unplannedAlerts} of ${alerts.total} alerts belong to no planted story`);
      for (const { severity, rule, entity, openedAt } of outcome.unplanned.slice(0, unplannedShown)) {
        line(styleText('dim', `unplanned: ${severity} ${rule}, ${plain(entity)}, ${openedAt}`));
      }
    },
    close: () => stay(''),
  };
}

/** What agents made of a story: its runs, and the first findings of each. */
function toldStory(story: StoryRuns<EndedRun>): readonly string[] {
  const mark = isExplained(story) ? styleText('green', 'cause named') : styleText('red', 'cause not named');
  return [
    '',
    `${styleText('bold', story.story)}  ${mark}`,
    ...(story.runs.length === 0 ? ['  no run looked into it'] : []),
    ...story.runs.flatMap(({ id, kind, status, findings }) => [
      `  ${styleText('magenta', id.slice(0, 8))} ${kind}, ${status}`,
      ...findings.slice(0, findingsLooked).map(({ title }, place) => `    ${place + 1}. ${plain(title)}`),
    ]),
  ];
}

function storyTable(stories: readonly StoryOutcome[]): string {
  const rows = stories.map(({ story, planted, missing, delayMs }) => [
    story,
    String(planted),
    String(planted - missing.length),
    delayMs === null ? '–' : spoken(delayMs),
  ]);
  return table(['story', 'planted', 'found', 'delay'], rows);
}

/** `4 d 6 h`, `10 min`: the two largest units. */
function spoken(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60)];
  const parts = [`${days} d`, `${hours} h`, `${minutes % 60} min`];
  const first = days > 0 ? 0 : hours > 0 ? 1 : 2;
  return parts.slice(first, first + 2).join(' ');
}

const counted = (counts: Readonly<Partial<Record<string, number>>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
