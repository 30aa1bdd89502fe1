import { styleText } from 'node:util';
import type { Law } from '../../observe/law.ts';
import type { Simulation } from '../../simulate/generate.ts';
import type { PlayCounts } from '../../simulate/run.ts';
import type { Context } from '../context.ts';
import { plain } from '../output.ts';
import type { AlertMessage } from '../tail/follow.ts';
import type { DemoResult } from './run.ts';

/** What a person sees of the demo: alerts line by line, and one line of counts below them that stays. */
export interface Screen {
  began(address: string, simulation: Simulation): void;
  alert(message: AlertMessage): void;
  progress(counts: PlayCounts, of: number): void;
  played(address: string): void;
  counts(law: Law, alerts: number): void;
  said(text: string): void;
  summary(result: DemoResult): void;
  close(): void;
}

const colours = { info: 'cyan', warning: 'yellow', critical: 'red' } as const;

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
      const change = styleText(transition === 'opened' ? 'bold' : 'dim', transition.padEnd(9));
      const [evidence] = alert.evidence;
      const why =
        transition === 'opened' && evidence ? `  ${styleText('dim', plain(evidence.text).slice(0, 100))}` : '';
      line(`${styleText('dim', at.slice(0, 16).replace('T', ' '))} ${severity} ${change} ${plain(alert.title)}${why}`);
    },
    progress: ({ sent, accepted, retried }, of) =>
      stay(
        styleText(
          'dim',
          `${sent} of ${of} events sent, ${accepted} accepted${retried > 0 ? `, ${retried} retries` : ''}`,
        ),
      ),
    played: (address) => line(`All is played. weir goes on at ${address}; Ctrl-C ends it.`),
    counts: ({ accepted, stored, pending }, alerts) =>
      stay(styleText('dim', `${accepted} accepted, ${stored} stored, ${pending} on their way, ${alerts} alerts`)),
    said: (text) => line(styleText('dim', text)),
    summary({ summary, missing, expected, played }) {
      stay('');
      const { received, ignored, rejected, accepted, stored, duplicates, dead, pending, lost, alerts, latencyMs } =
        summary;
      line('');
      line(`received ${received} = ignored ${ignored} + rejected ${rejected} + accepted ${accepted}`);
      line(
        `accepted ${accepted} = stored ${stored} + duplicates ${duplicates} + dead ${dead} + pending ${pending} + lost ${lost}`,
      );
      line(
        `${summary.scores} scores, ${alerts.total} alerts: ${counted(alerts.bySeverity)}; ${counted(alerts.byKind)}`,
      );
      line(`from receipt to subscriber: p50 ${latencyMs.p50 ?? '–'} ms, p99 ${latencyMs.p99 ?? '–'} ms`);
      if (!played) return;
      line(`${expected - missing.length} of ${expected} planted alerts fired`);
      for (const one of missing) line(styleText('red', `missing: ${one}`));
    },
    close: () => stay(''),
  };
}

const counted = (counts: Readonly<Partial<Record<string, number>>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
