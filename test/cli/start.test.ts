import { describe, expect, test, vi } from 'vitest';
import { newFolder } from '../support/folder.ts';
import { run } from './support.ts';

describe('weir start', () => {
  const app = (log: string[], more: object = {}) => ({
    address: 'http://127.0.0.1:1234',
    start: async () => void log.push('start'),
    stop: async () => void log.push('stop'),
    ...more,
  });

  test('runs until it is told to stop, then stops and exits 0', async () => {
    const stopping = new AbortController();
    const log: string[] = [];
    const ran = run(['start', '--json'], {
      stopped: stopping.signal,
      createApp: () => app(log),
      onOut: () => stopping.abort(),
    });
    expect(await ran).toMatchObject({ code: 0, out: '{"address":"http://127.0.0.1:1234"}\n' });
    expect(log).toEqual(['start', 'stop']);
  });

  test('stops within 10 s also where it is told to while the start waits for a log that is full', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const stopping = new AbortController();
      const start = () => {
        stopping.abort();
        return new Promise<void>(() => undefined);
      };
      const ran = run(['start'], { stopped: stopping.signal, createApp: () => app([], { start }) });
      await expect.poll(() => vi.getTimerCount()).toBe(1);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await ran).toMatchObject({ code: 0, err: expect.stringContaining('not everything was finished') });
    } finally {
      vi.useRealTimers();
    }
  });

  test('stops and exits 1 when it cannot go on', async () => {
    const log: string[] = [];
    const failed = Promise.resolve(new Error('fenced off'));
    const { code, err } = await run(['start'], { createApp: () => app(log, { failed }) });
    expect(code).toBe(1);
    expect(err).toContain('fenced off');
    expect(log).toEqual(['start', 'stop']);
  });

  test('does not start with settings that there are not, and names them with file and line', async () => {
    const cwd = newFolder({ 'weir.yaml': 'orgs:\n  acme:\n    settings:\n      market: { newsFrom: 2 }\n' });
    const { code, err } = await run(['start'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('weir.yaml:4:27: error: orgs.acme.settings.market.newsFrom: expected a number from 0 to 1');
  });

  test.each(['nothere', 'weir.yaml'])(
    'names a folder of pipelines that is none, and so does `weir check`: %s',
    async (name) => {
      const cwd = newFolder({ 'weir.yaml': `pipelines: ./${name}\n` });
      const fault = `weir.yaml:1:12: error: pipelines: there is no such folder of pipelines: ${cwd}/${name}\n`;
      const { code, err } = await run(['start'], { cwd });
      expect([code, `${err}\n`]).toEqual([1, expect.stringContaining(fault)]);
      expect((await run(['check', '--offline'], { cwd })).out).toContain(fault);
    },
  );

  test('says all that is wrong with a configuration at once, and so does `weir check`', async () => {
    const cwd = newFolder({
      'weir.yaml':
        'orgs:\n  acme:\n    settings:\n      market: { newsFrom: 2 }\n    sources: { stripe: { secret: plain }, gong: {} }\n' +
        'auth: { tokens: [{ token: "${SHORT}", subject: ada, org: acme }] }\n',
    });
    const options = { cwd, env: { SHORT: 'short' } };
    const faults = (text: string) => text.split('\n').filter((line) => line.startsWith('weir.yaml:'));
    const { err } = await run(['start'], options);
    expect(faults(err).map((line) => /^weir.yaml:(\d+)/.exec(line)?.[1])).toEqual(['4', '5', '5', '6']);
    expect(faults((await run(['check', '--offline'], options)).out)).toEqual(faults(err));
  });

  test('does not start on a wrong configuration, and names what is wrong', async () => {
    const { code, err } = await run(['start'], { env: { WEIR_HTTP_HOST: '0.0.0.0' } });
    expect(code).toBe(1);
    expect(err).toContain('$WEIR_HTTP_HOST: error: http.host: without auth.tokens or auth.jwks');
  });
});
