import type { Alert, AlertTransition, Severity } from '../../core/alert.ts';
import { howMany, plain, table } from '../output.ts';
import { rendered, type Line, type Pen, type Style } from '../runs/line.ts';
import type { AlertDetail } from './asking.ts';

export const severityStyles = {
  info: 'cyan',
  warning: 'yellow',
  critical: 'red',
} as const satisfies Record<Severity, Style>;

const minuteOf = (time: string): string => time.slice(0, 16).replace('T', ' ');

/** A line an alert, under a header; severities in their colours. */
export function alertList(alerts: readonly Alert[], pen: Pen): string {
  const rows = alerts.map(({ id, severity, status, episode, entity, lastSeenAt, title }) =>
    [id.slice(0, idShown), severity, status, String(episode), entity, minuteOf(lastSeenAt), title].map(plain),
  );
  const [header = '', ...lines] = table(headings, rows).trimEnd().split('\n');
  const painted = alerts.map(({ severity }, index) => {
    const line = lines[index] ?? '';
    // Behind an id, which always has one length.
    const at = idShown + 2;
    const end = at + severity.length;
    return rendered([line.slice(0, at), [severityStyles[severity], severity], line.slice(end)], pen);
  });
  return `${[rendered([['bold', header]], pen), ...painted].join('\n')}\n`;
}

const idShown = 12;
const headings = ['id', 'severity', 'status', 'episode', 'about', 'last seen', 'title'];

/** One alert whole: what was seen, what to do, what agents found, and what happened to it. */
export function tellAlert({ alert, transitions, complete }: AlertDetail, pen: Pen): string {
  const { id, severity, status, title, entity, kind, pipeline, rule, episode, count, evidence } = alert;
  const lines: readonly Line[] = [
    [['bold', id], '  ', [severityStyles[severity], severity], `  ${status}`],
    [['bold', title]],
    [
      [
        'dim',
        `${kind}, ${entity}, by ${pipeline}/${rule}; episode ${episode}, seen ${howMany(count, 'time')}, last ${minuteOf(alert.lastSeenAt)}`,
      ],
    ],
    ...headed(
      'What was seen',
      evidence.map(({ text }) => text),
    ),
    ...headed('What to do', alert.recommendedActions),
    ...headed(
      'What agents found',
      (alert.runs ?? []).map((run) => `${run.kind} ${run.outcome}: ${run.summary}  (run ${run.id})`),
    ),
    ...headed(complete ? 'What happened' : 'What happened of late', transitions.map(happened)),
  ];
  return `${lines.map((line) => rendered(line, pen)).join('\n')}\n`;
}

function headed(title: string, texts: readonly string[]): readonly Line[] {
  return texts.length === 0 ? [] : [[''], [['bold', title]], ...texts.map((text): Line => [`  ${text}`])];
}

/** What somebody did with an alert, when and why. */
export const saidOf = ({ transition, by, at, why }: AlertTransition): string =>
  `${transition} by ${by} at ${at}: ${why}`;

const happened = ({ at, transition, by, why }: AlertTransition): string =>
  `${minuteOf(at)}  ${transition.padEnd(12)}  ${by}: ${why}`;
