import { describe, expect, test } from 'vitest';
import { sessionDetailSchema } from '../../schemas/run.ts';
import { hashes, servingRuns } from './served-runs.ts';

const { weir, waiting } = servingRuns();

describe('weir runs approve and deny', () => {
  test('show exactly what is asked for, with its hash, and say nothing to the run', async () => {
    const id = await waiting();
    const { code, out } = await weir(`runs approve ${id} --step fix`);
    expect(code).toBe(0);
    expect(out).toContain('"command": "restart \\u001b[2J checkout"');
    expect(out).toContain(`weir runs approve ${id} --step fix --hash ${hashes.fix} --why`);
    expect(out).not.toContain(hashes.tell);
    expect((await weir(`runs show ${id}`)).out).toContain('? fix');
  });

  test('answer for the arguments with that hash, and are refused for others', async () => {
    const id = await waiting();
    const wrong = await weir(`runs approve ${id} --step fix --hash ${hashes.tell} --why looked`);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('It changed since you looked at it') });
    expect(await weir(`runs approve ${id} --step fix --hash ${hashes.fix} --why looked`)).toMatchObject({
      code: 0,
      out: `fix is approved, with the arguments ${hashes.fix}.\n`,
    });
    const denied = await weir(`runs deny ${id.slice(0, 8)} --step tell --hash ${hashes.tell} --why no --json`);
    const { steps } = sessionDetailSchema.parse(JSON.parse(denied.out));
    expect(steps.map(({ approval }) => [approval?.grants, approval?.denials])).toEqual([
      [['ada'], []],
      [[], ['ada']],
    ]);
  });

  test('need a reason, one step, and a token that may act', async () => {
    const id = await waiting();
    expect(await weir(`runs approve ${id} --hash ${hashes.fix} --step fix`)).toMatchObject({ code: 2 });
    const several = await weir(`runs approve ${id} --hash ${hashes.fix} --why looked`);
    expect(several).toMatchObject({ code: 2, err: expect.stringContaining('fix, tell') });
    const reader = await weir(`runs approve ${id} --step fix --hash ${hashes.fix} --why looked`, 'reader');
    expect(reader).toMatchObject({ code: 1, err: expect.stringContaining('does not allow this') });
  });
});
