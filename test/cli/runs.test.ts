import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sessionDetailSchema, sessionEventSchema } from '../../schemas/run.ts';
import { CommandFailed, Refused } from '../../src/cli/context.ts';
import { eventsOf } from '../../src/cli/runs/asking.ts';
import { subjects } from '../../src/log/subjects.ts';
import { choiceOf, scheduled } from '../orchestration/support/facts.ts';
import { aPlan, aRequest, aStep } from '../orchestration/support/reference.ts';
import { servingRuns, taskOf } from './served-runs.ts';

const { weir, asked, told, waiting, log } = servingRuns();

describe('weir runs', () => {
  test('lists the newest first, and takes the beginning of an id where it is one run’s alone', async () => {
    const [first, second] = [await asked(), await asked()];
    await expect.poll(async () => (await weir('runs list')).out.split('\n').length).toBe(4);
    const { out } = await weir('runs list');
    expect(out.indexOf(second.slice(0, 12))).toBeLessThan(out.indexOf(first.slice(0, 12)));
    expect((await weir('runs list --status completed')).out).toBe('There are no runs.\n');
    expect((await weir(`runs show ${first.slice(0, 10)}`)).out).toContain(first);
    expect(await weir('runs show 0000')).toMatchObject({ code: 1 });
    expect(await weir('runs show x')).toMatchObject({ code: 2 });
    expect(await weir(`runs show ${first}`, 'globex')).toMatchObject({ code: 1 });
  });

  test('watches a run to its end, in words and as JSON; one that does not complete is a failure', async () => {
    const id = await asked();
    const watching = weir(`runs watch ${id}`);
    await told(id, { fact: 'admitted' });
    await told(id, { fact: 'run-ended', outcome: 'completed', why: 'every step is over' });
    const { code, out } = await watching;
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.slice(26).trim())).toEqual([
      'requested           ada asks: Why?',
      'admitted            it begins',
      'run-ended           completed: every step is over',
      '',
    ]);
    const json = await weir(`runs watch ${id} --json`);
    const events = json.out
      .trimEnd()
      .split('\n')
      .map((line) => sessionEventSchema.parse(JSON.parse(line)));
    expect(events.map((event) => event.id)).toEqual([1, 2, 3]);

    const other = await asked();
    await told(other, { fact: 'run-ended', outcome: 'failed', why: 'no plan' });
    expect(await weir(`runs watch ${other}`)).toMatchObject({
      code: 1,
      err: 'weir: the run ended as failed: no plan\n',
    });
  });

  test('tells what is wanted of a run, and what came of it by name', async () => {
    const id = 'e'.repeat(32);
    await told(id, { fact: 'requested', request: aRequest(id, { kind: 'open', wanted: ['advice', 'luck'] }) });
    const result = { given: { advice: 'go' }, findings: [], missing: [], confidence: 0, summary: '' };
    await told(id, { fact: 'admitted' }, { fact: 'result-synthesised', result });
    await told(id, { fact: 'run-ended', outcome: 'completed', why: 'every step is over' });
    const watched = (await weir(`runs watch ${id}`)).out;
    expect(watched).toContain(', wanted: advice, luck\n');
    expect(watched).toContain('the result is put together, with advice\n');
    const shown = (await weir(`runs show ${id}`)).out;
    expect(shown).toContain('wanted: advice, luck\n');
    expect(shown).toContain('advice: go\nluck: it did not come of the run\n');
  });

  test('watches on through lost connections, and ends where the daemon refuses for good or says what it cannot read', async () => {
    const event = {
      id: 1,
      at: new Date().toISOString(),
      fact: 'requested',
      step: null,
      attempt: null,
      by: null,
      text: '',
    };
    const frame = Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
    const watched = async (last: unknown) => {
      const answers = [[frame], new Refused('Starting.', 503), new CommandFailed('No daemon answers.'), last];
      const follow = async () => {
        const next = answers.shift();
        if (next instanceof Error) throw next;
        return ReadableStream.from(z.array(z.instanceof(Buffer)).parse(next));
      };
      let losses = 0;
      const lost = async () => {
        losses += 1;
        if (losses > 5) throw new Error('it asks for ever');
      };
      const unused = () => Promise.reject(new Error('not asked here'));
      const client = { address: new URL('http://localhost'), headers: {}, json: unused, stream: unused, follow };
      const all = async () => {
        for await (const each of eventsOf(client, '0'.repeat(32), lost)) expect(each).toEqual(event);
      };
      await expect(all()).rejects.toBeInstanceOf(Error);
      return losses;
    };
    expect(await watched(new Refused('There is no session.', 404))).toBe(3);
    expect(await watched([Buffer.from('data: {}\n\n')])).toBe(3);
  });

  test('draws a run whose step is to be done by one that has not begun', async () => {
    const id = await asked();
    const child = 'c'.repeat(32);
    await told(id, { fact: 'admitted' }, { fact: 'context-attached', context: {}, missing: null });
    const steps = [aStep('a', [], { child: { depth: 1 } })];
    await told(id, { fact: 'plan-decided', plan: aPlan(steps) });
    await told(id, { ...scheduled('a', choiceOf('run')), child });
    const { code, out } = await weir(`runs show ${id}`);
    expect(code).toBe(0);
    expect(out).toContain('a  run');
    expect(out).not.toContain(child);
  });

  test('shows what people are asked to take over, and says what came of it', async () => {
    const id = await waiting();
    await told(id, { fact: 'person-asked', step: 'fix', task: taskOf(id, 'fix'), why: 'policy refuses it' });
    const asked = await weir(`runs answer ${id} fix`);
    expect(asked.out).toContain('policy refuses it');
    expect(asked.out).toContain('"command": "restart \\u001b[2J checkout"');
    expect(asked.out).toContain(`weir runs answer ${id} fix --done --why`);
    expect(await weir(`runs answer ${id} fix --done`)).toMatchObject({ code: 2 });
    expect(await weir(`runs answer ${id} fix --done --failed --why both`)).toMatchObject({ code: 2 });
    const reader = await weir(`runs answer ${id} fix --done --why mended`, 'reader');
    expect(reader).toMatchObject({ code: 1, err: expect.stringContaining('does not allow this') });
    expect(await weir(`runs answer ${id} tell --done --why mended`)).toMatchObject({ code: 1 });
    expect((await weir(`runs show ${id}`)).out).not.toContain('ada did fix');

    expect(await weir(`runs answer ${id.slice(0, 8)} fix --failed --why gone`)).toMatchObject({
      code: 0,
      out: 'fix is failed by your word.\n',
    });
    expect((await weir(`runs show ${id}`)).out).toContain('ada could not do fix: gone');
    expect(await weir(`runs answer ${id} fix --done --why mended`)).toMatchObject({ code: 1 });
    expect((await weir(`runs answer ${id} fix`)).out).toContain('Nobody is asked for fix');
  });

  test('tells the agents of a run something, and refuses whoever is not in it', async () => {
    const id = await waiting();
    expect(await weir(`runs tell ${id} careful`)).toMatchObject({ code: 2 });
    expect(await weir(`runs tell ${id} careful --to fix`)).toMatchObject({ code: 0, out: `${id} has it, for fix.\n` });
    const { messages } = sessionDetailSchema.parse(JSON.parse((await weir(`runs show ${id} --json`)).out));
    expect(messages).toMatchObject([{ from: 'person:ada', to: 'fix', text: 'careful' }]);
    expect(await weir(`runs tell ${id} careful --to nobody`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no agent, step or skill nobody'),
    });
    expect(await weir(`runs tell ${id} careful --to fix`, 'reader')).toMatchObject({ code: 1 });
  });

  test('tells a run to stop, with the reason', async () => {
    const id = await asked();
    expect(await weir(`runs cancel ${id}`)).toMatchObject({ code: 2 });
    expect(await weir(`runs cancel ${id} --why mistake`)).toMatchObject({ code: 0, out: `${id} is told to stop.\n` });
    const { data } = (await log().last('RUNS', subjects.run('acme', id))) ?? {};
    expect(Buffer.from(data ?? []).toString()).toContain('"why":"mistake"');
  });
});
