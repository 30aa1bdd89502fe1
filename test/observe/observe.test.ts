import { describe, expect, test } from 'vitest';
import { createHappened } from '../../src/observe/happened.ts';
import { createHealth } from '../../src/observe/health.ts';
import { createLogger } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';

let now = 0;

function observed() {
  const lines: string[] = [];
  const log = createLogger({ pretty: false, destination: { write: (line) => lines.push(line) } });
  const metrics = createMetrics({ version: '1.2.3', scrapeFailed: (reason) => log.warn({ reason }, 'scrape') });
  const happened = createHappened({ log, metrics, clock: { now: () => now } });
  return { lines: () => lines.map((line): Record<string, unknown> => JSON.parse(line)), metrics, happened, log };
}

describe('what happens', () => {
  test('is logged and counted in one', async () => {
    const { happened, metrics, lines } = observed();
    happened.log.logDisconnected('ECONNRESET');
    expect(lines()).toEqual([expect.objectContaining({ level: 'warn', reason: 'ECONNRESET' })]);
    const { text } = await metrics.text();
    expect(text).toContain('weir_log_connected 0');
    expect(text).toContain('weir_log_disconnects_total 1');
  });

  test('at the door is counted by source so that the sum is what was received', async () => {
    const { happened, metrics } = observed();
    const tally = { received: 6, ignored: 1, rejected: 0, unacknowledged: 0, stored: 3, duplicates: 1, dead: 1 };
    happened.intake.eventsReceived('acme', 'stripe', tally);
    const { text } = await metrics.text();
    expect(text).toContain('weir_intake_received_events_total{source="stripe"} 6');
    const outcomes = Array.from(
      text.matchAll(/weir_intake_events_total{source="stripe",outcome="\w+"} (\d+)/g),
      ([, n]) => Number(n),
    );
    expect(outcomes.reduce((sum, n) => sum + n, 0)).toBe(6);
  });

  test('thousands of times a second is told seldom, with how often it was passed over', () => {
    const { happened, lines } = observed();
    for (let n = 0; n < 1_000; n += 1) happened.http.connectionRefused('HPE_INVALID_METHOD');
    now += 60_000;
    happened.http.connectionRefused('HPE_INVALID_METHOD');
    expect(lines().map(({ more }) => more)).toEqual([0, 999]);
  });

  test('at the start is one line that names version, log, store and address', () => {
    const { happened, lines } = observed();
    happened.daemon.starting({
      version: '1.2.3',
      log: 'embedded',
      store: 'embedded',
      address: 'http://127.0.0.1:8420',
    });
    expect(lines()[0]).toMatchObject({
      version: '1.2.3',
      log: 'embedded',
      store: 'embedded',
      address: 'http://127.0.0.1:8420',
    });
  });

  test('is named as Prometheus names things, and explained', async () => {
    const { text } = await observed().metrics.text();
    const ours = Array.from(text.matchAll(/^# HELP (weir_\w+) (.+)$/gm), ([, name = '', help = '']) => ({
      name,
      help,
    }));
    expect(ours.length).toBeGreaterThan(30);
    for (const { help } of ours) expect(help).toMatch(/\.$/);
    for (const [, name, type] of text.matchAll(/^# TYPE (weir_\w+) (\w+)$/gm)) {
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes|events)$/);
    }
  });
});

describe('what is asked for at each scrape', () => {
  const law = {
    received: 3,
    ignored: 0,
    rejected: 0,
    accepted: 3,
    stored: 2,
    duplicates: 0,
    dead: 0,
    pending: 1,
    lost: 0,
  };

  test('is the law, of all and by source, how far readers, pipelines and queues are, what models learned, and what is left to a bound', async () => {
    const { happened, metrics } = observed();
    happened.watches.law(async () => ({ law, sources: new Map([['stripe', { ...law, pending: 2 }]]) }));
    happened.watches.lag('archive', async () => 42);
    happened.watches.pipelines(['gong', 'finance'], async () => ({ lag: 7, watermarkMs: 1_500 }));
    happened.watches.queue('questions', () => 3);
    happened.watches.stream('EVENTS', 9_000, async () => ({ messages: 10, bytes: 5_000 }));
    happened.watches.bound('push_ring_bytes', 1_000, () => 600);
    happened.watches.models(['acme'], async () => [
      {
        name: 'deal_propensity',
        description: '',
        judging: { version: 4, pinned: true },
        examples: 110,
        failed: { examples: 2, reason: 'no features' },
        learned: { outcomes: { positive: 30, negative: 80 }, calibration: [], weights: [], driftAlarms: 1 },
        versions: [],
        releases: [],
      },
    ]);
    const { text } = await metrics.text();
    expect(text).toContain('weir_model_version{org="acme",model="deal_propensity"} 4');
    expect(text).toContain('weir_model_examples{org="acme",model="deal_propensity",result="failed"} 2');
    expect(text).toContain('weir_law_events{term="pending"} 1');
    expect(text).toContain('weir_law_source_events{source="stripe",term="pending"} 2');
    expect(text).toContain('weir_lag_messages{reader="archive"} 42');
    expect(text).toContain('weir_pipeline_lag_messages{pipeline="gong"} 7');
    expect(text).toContain('weir_pipeline_watermark_timestamp_seconds{pipeline="finance"} 1.5');
    expect(text).toContain('weir_queue_depth{queue="questions"} 3');
    expect(text).toContain('weir_log_stream_bytes{stream="EVENTS"} 5000');
    expect(text).toContain('weir_log_stream_limit_bytes{stream="EVENTS"} 9000');
    expect(text).toContain('weir_bound_used{bound="push_ring_bytes"} 600');
    expect(text).toContain('weir_bound_limit{bound="push_ring_bytes"} 1000');
  });

  test('does not spoil the scrape when it cannot be had', async () => {
    const { happened, metrics, lines } = observed();
    happened.watches.lag('archive', () => Promise.reject(new Error('no log')));
    happened.watches.queue('appends', () => {
      throw new Error('bug');
    });
    expect((await metrics.text()).text).toContain('weir_info{version="1.2.3"} 1');
    expect(new Set(lines().map(({ reason }) => reason))).toEqual(new Set(['no log', 'bug']));
  });
});

describe('the log', () => {
  test('masks what bears the name of a secret', () => {
    const { log, lines } = observed();
    log.info({ authorization: 'Bearer x', source: { secret: 'y' }, config: { auth: { token: 'z' } } }, 'oops');
    expect(JSON.stringify(lines())).not.toMatch(/Bearer x|"y"|"z"/);
  });

  test('is short text at a terminal', () => {
    const lines: string[] = [];
    const log = createLogger({ pretty: true, destination: { write: (line) => lines.push(line) } });
    log.warn({ reason: 'ECONNRESET' }, 'The log cannot be reached');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/warn.*The log cannot be reached.*reason=ECONNRESET/);
    log.error({ err: new Error('boom') }, 'A bug');
    expect(lines[1]).toContain('Error: boom\n');
  });
});

describe('readiness', () => {
  test('is that of every part, each with its reason', () => {
    const health = createHealth();
    expect(health.report().ready).toBe(false);
    let connected = false;
    health.register('log', () => ({ ready: connected, reason: connected ? 'connected' : 'connecting' }));
    health.register('store', () => ({ ready: true, reason: 'embedded' }));
    expect(health.report()).toMatchObject({ ready: false, parts: { log: { ready: false, reason: 'connecting' } } });
    connected = true;
    expect(health.report().ready).toBe(true);
  });
});
