import { styleText } from 'node:util';
import type { EventHead } from '../../core/event.ts';
import type { Score } from '../../core/score.ts';
import type { ScoreSettings } from '../../core/settings.ts';
import type { Change, Difference, ScoreHead, SettingChange } from '../../explain/difference.ts';
import type { Explanation, Reason } from '../../explain/explanation.ts';
import { plain, table } from '../output.ts';

/** The scores of an entity, a line each. */
export function scoreList(scores: readonly Score[]): string {
  const values = aligned(scores.map(({ value }) => value));
  const rows = scores.map(({ id, name, subject, confidence, time }, index) =>
    [name, subject ?? '', values[index] ?? '', confidence.toFixed(2), timeOf(time), id].map(plain),
  );
  return table(['name', 'subject', 'value', 'confidence', 'time', 'id'], rows);
}

/** An explanation for people: every digit, since they add up. `drawn`: with bars and colours, for a terminal. */
export function tellExplanation(explanation: Explanation, drawn: boolean): string {
  const { name, value, contributions, sum, exact } = explanation;
  const effects = aligned(contributions.map(({ effect }) => effect));
  const rows = contributions.map((reason, index) => [
    effects[index] ?? '',
    ...(drawn ? [barOf(reason.effect, largest(contributions.map(({ effect }) => effect)))] : []),
    plain(reason.name),
    factorsOf(reason),
    quoteIn(reason),
    eventOf(reason),
  ]);
  const header = ['effect', ...(drawn ? [''] : []), 'reason', 'weight × value', 'seen', 'event'];
  const verdict = exact
    ? `The effects add up to ${sum}: the value, to the last digit.`
    : `The effects add up to ${sum}, which is not the value: it was not made of them.`;
  const title = `${plain(name)} of ${whoseOf(explanation)}: ${value}`;
  return `${bold(title, drawn)}\n${standingOf(explanation)}${underOf(explanation)}\n\n${coloured(table(header, rows), drawn)}\n${verdict}\n`;
}

/** A difference for people. */
export function tellDifference(between: Difference, drawn: boolean): string {
  const { from, to, difference, changes, settings, rounding } = between;
  const moves = aligned([...changes.map(({ change }) => change), ...rounding]);
  const rows = changes.map((change, index) => [
    moves[index] ?? '',
    ...(drawn ? [barOf(change.change, largest(changes.map((one) => one.change)))] : []),
    change.kind,
    plain(change.name),
    movedOf(change),
    quoteIn(change),
    eventOf(change),
  ]);
  const left = rounding.map((_, index) => [
    moves[changes.length + index] ?? '',
    ...(drawn ? [''] : []),
    'rounding',
    'the last digits of doubles',
  ]);
  const header = ['change', ...(drawn ? [''] : []), 'what', 'reason', 'effect', 'seen', 'event'];
  const title = `${plain(to.name)} of ${whoseOf(to)}: ${from.value} → ${to.value}`;
  const versions = `from ${standingOf(from)}\nto   ${standingOf(to)}${settings.map(setAnew).join('')}`;
  const body = rows.length + left.length > 0 ? `${coloured(table(header, [...rows, ...left]), drawn)}\n` : '';
  return `${bold(title, drawn)}\n${versions}\n\n${body}The changes add up to ${difference}: the difference, to the last digit.\n`;
}

function whoseOf({ entity, subject }: Pick<ScoreHead, 'entity' | 'subject'>): string {
  return plain(subject === null ? entity : `${entity}, ${subject}`);
}

function standingOf({ confidence, time, pipeline, version, settings, id }: ScoreHead): string {
  const under = settings ? `  settings ${versionOf(settings)}` : '';
  return `${timeOf(time)}  confidence ${confidence.toFixed(2)}  pipeline ${plain(pipeline)} ${version}${plain(under)}  id ${plain(id)}`;
}

/** What a score was made under, a line of its own; nothing where it was made as shipped. */
function underOf({ settings }: ScoreHead): string {
  if (!settings) return '';
  const set = Object.entries(settings.values).map(([name, value]) => `${name} ${value}`);
  return `\n${plain(`set: ${set.join(', ')}`)}`;
}

const versionOf = ({ version, segment }: ScoreSettings): string =>
  segment === null ? String(version) : `${version} (${segment})`;

function setAnew({ name, from, to }: SettingChange): string {
  return `\n${plain(`set anew: ${name} ${from ?? 'as shipped'} → ${to ?? 'as shipped'}`)}`;
}

/** Numbers in full with their points below one another. */
function aligned(numbers: readonly number[]): readonly string[] {
  const parts = numbers.map((number) => {
    const text = String(number);
    const point = text.search(/[.e]/);
    return point < 0 ? [text, ''] : [text.slice(0, point), text.slice(point)];
  });
  const width = Math.max(0, ...parts.map(([whole = '']) => whole.length));
  return parts.map(([whole = '', rest = '']) => whole.padStart(width) + rest);
}

const barMax = 16;
const [up, down] = ['█', '▒'];

function barOf(effect: number, most: number): string {
  return (effect < 0 ? down : up).repeat(most === 0 ? 0 : Math.round((Math.abs(effect) / most) * barMax));
}

const largest = (numbers: readonly number[]): number => Math.max(0, ...numbers.map(Math.abs));

function factorsOf({ weight, value }: Reason): string {
  return `${short(weight)} × ${short(value)}`;
}

function movedOf({ before, after }: Change): string {
  return `${before ? short(before.effect) : '–'} → ${after ? short(after.effect) : '–'}`;
}

const short = (number: number): string => String(Number(number.toPrecision(4)));

const quoteMax = 60;

function quoteIn({ quote }: { readonly quote: string | null }): string {
  if (quote === null) return '–';
  return `“${plain(quote.length > quoteMax ? `${quote.slice(0, quoteMax - 1)}…` : quote)}”`;
}

function eventOf({ event, eventId }: { readonly event: EventHead | null; readonly eventId: string }): string {
  const what = event
    ? `${timeOf(event.time)} ${event.type}${event.subject ? ` ${event.subject}` : ''}`
    : 'not in the store';
  return plain(`${what}  ${eventId}`);
}

/** UTC, as everywhere. */
const timeOf = (time: string): string => time.slice(0, 19).replace('T', ' ');

const bold = (text: string, drawn: boolean): string => (drawn ? styleText('bold', text) : text);

function coloured(lines: string, drawn: boolean): string {
  if (!drawn) return lines;
  return lines
    .replace(/^.*/, (header) => styleText('dim', header))
    .replaceAll(new RegExp(`${up}+`, 'g'), (bar) => styleText('cyan', bar))
    .replaceAll(new RegExp(`${down}+`, 'g'), (bar) => styleText('magenta', bar));
}
