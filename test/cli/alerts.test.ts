import { afterEach, describe, expect, test } from 'vitest';
import { alertIdOf, epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { openDoor, tokens } from '../support/push.ts';
import { run } from './support.ts';

const clock = { now: () => epoch };
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

async function setting() {
  const log = createMemoryLog(clock);
  const door = await openDoor({ log, clock, authenticator: tokens, orgs: ['acme', 'globex'] });
  undo.push(() => door.close());
  const weir = (argv: readonly string[], token = 'acme', onTerminal = false) =>
    run(['alerts', ...argv, '--url', door.http], { env: { WEIR_TOKEN: token }, onTerminal });
  /** The list is told of a change a moment after the log has it. */
  const listed = (holds: (out: string) => boolean) =>
    expect.poll(async () => holds((await weir(['list'])).out)).toBe(true);
  return { book: writeAlerts(log), weir, listed };
}

const id = alertIdOf('acme', 'one');

describe('weir alerts', () => {
  test('lists what nobody has closed, filtered, as a table or for programs', async () => {
    const { book, weir, listed } = await setting();
    await book.raise('one', { severity: 'critical', title: 'Brightloom \u001B[31mmay leave' });
    await book.raise('two', { severity: 'info' });
    await book.raise('three', {});
    await book.clear('three');
    await listed((out) => out.split('\n').length === 4);
    const { out } = await weir(['list', '--min-severity', 'warning']);
    const [header, row, end] = out.split('\n');
    expect(header).toMatch(/^id +severity +status +episode +about +last seen +title$/);
    expect(row).toMatch(
      new RegExp(`^${id.slice(0, 12)}  critical  open    1        one    .* Brightloom  \\[31mmay leave$`),
    );
    expect(end).toBe('');
    expect(JSON.parse((await weir(['list', '--json', '--limit', '1'])).out)).toHaveLength(1);
    expect((await weir(['list', '--status', 'resolved'])).out).toContain('resolved');
    expect((await weir(['list', '--kinds', 'financial'])).out).toBe('There are no such alerts.\n');
    expect(await weir(['list', '--kinds', 'none'])).toMatchObject({ code: 1, err: expect.stringContaining('kinds') });
  });

  test('shows one whole, by the beginning of its id: what was seen, what to do, what happened, who and why', async () => {
    const { book, weir, listed } = await setting();
    await book.raise('one', {});
    await listed((out) => out.includes(id.slice(0, 12)));
    await weir(['ack', id, '--why', 'calling them at ten']);
    const { out, code } = await weir(['show', id.slice(0, 10)]);
    expect(code).toBe(0);
    expect(out).toContain(`${id}  warning  acknowledged\nBrightloom may leave\n`);
    expect(out).toContain('\nWhat was seen\n  Two calls in a row were unhappy\n');
    expect(out).toContain('\nWhat to do\n  Call them today\n');
    expect(out).toMatch(/What happened\n.* opened .*\n.* acknowledged +ada: calling them at ten\n$/);
    expect(JSON.parse((await weir(['show', id, '--json'])).out)).toMatchObject({ alert: { id }, complete: true });
  });

  test('takes and closes one, says so, and goes by the episode that was looked at', async () => {
    const { book, weir } = await setting();
    await book.raise('one', {});
    expect(await weir(['acknowledge', id, '--why', 'mine'])).toMatchObject({
      code: 0,
      out: 'Brightloom may leave (one) is yours.\n',
    });
    expect(await weir(['resolve', id, '--why', 'they stay', '--verdict', 'useful', '--json'])).toMatchObject({
      code: 0,
    });

    const other = alertIdOf('acme', 'two');
    await book.raise('two', {});
    await book.clear('two');
    await book.raise('two', {});
    const { code, err } = await weir(['resolve', other, '--why', 'they stay', '--episode', '1']);
    expect(code).toBe(1);
    expect(err).toContain('The alert is in episode 2 now, you saw episode 1.');
    expect(await weir(['close', other, '--why', 'now they do'])).toMatchObject({ code: 0 });
  });

  test('says who was faster, when and why, and exits with 1', async () => {
    const { book, weir } = await setting();
    await book.raise('one', {});
    expect(await weir(['ack', id, '--why', 'mine'])).toMatchObject({ code: 0 });
    const late = await weir(['ack', id, '--why', 'me too']);
    expect(late).toMatchObject({ code: 1, out: '' });
    expect(late.err).toContain('Somebody was faster. acknowledged by ada at 2026-03-02T08:00:00.000Z: mine');
    await weir(['resolve', id, '--why', 'they stay']);
    const later = await weir(['ack', id, '--why', 'me too']);
    expect(later.code).toBe(1);
    expect(later.err).toContain('Last: resolved by ada at 2026-03-02T08:00:00.000Z: they stay');
    expect((await weir(['resolve', id, '--why', 'me too'])).err).toContain('resolved by ada');
  });

  test('paints severities at a terminal, where they stand', async () => {
    const { book, weir, listed } = await setting();
    await book.raise('one', { severity: 'critical' });
    await listed((out) => out.includes('critical'));
    const { out } = await weir(['list', '--status', 'open'], 'acme', true);
    expect(out).toContain(`${id.slice(0, 12)}  \u001B[31mcritical\u001B[39m  open`);
  });

  test('does nothing without the right to, nor for what is not there, nor for a wrong call', async () => {
    const { book, weir } = await setting();
    await book.raise('one', {});
    expect(await weir(['ack', id, '--why', 'mine'], 'reader')).toMatchObject({ code: 1, out: '' });
    expect((await weir(['show', id], 'globex')).err).toContain('There is no alert');
    expect((await weir(['list'], 'nobody')).err).toContain('WEIR_TOKEN');
    expect(await weir(['show', '0000'])).toMatchObject({ code: 1 });
    for (const wrong of [
      ['show', 'x'],
      ['ack', id],
      ['list', '--limit', 'many'],
      ['ack', id, '--why', 'a', '--episode', '0'],
    ])
      expect(await weir(wrong), wrong.join(' ')).toMatchObject({ code: 2 });
  });
});
