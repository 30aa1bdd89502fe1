import { connect } from '@nats-io/transport-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { configOf } from '../../src/config/load.ts';
import { createLogger } from '../../src/observe/log.ts';
import { newFolder } from '../support/folder.ts';
import { natsMissing, startNats } from '../support/nats.ts';

const missing = natsMissing();

describe.skipIf(missing !== undefined)(`events from NATS${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('by whoever publishes, with or without waiting for an answer, are taken once, and what is none is a dead letter', async () => {
    const nats = await startNats();
    onTestFinished(() => nats.stop());
    const config = configOf({ data: newFolder(), http: { port: 0 }, log: { url: nats.url }, orgs: { acme: {} } });
    const app = createApp(config, { logger: createLogger({ pretty: false, destination: { write: () => undefined } }) });
    await app.start();
    onTestFinished(() => app.stop());

    const client = await connect({ servers: nats.url });
    const event = { specversion: '1.0', id: '1', source: '/press', type: 'market.news', data: { title: 'Prices cut' } };
    for (const body of [JSON.stringify(event), JSON.stringify(event), 'Prices cut'])
      client.publish('weir.intake.acme.market', body);
    await client.request('weir.intake.acme.press', JSON.stringify({ ...event, id: '2' }));
    await client.close();

    const figures = async () => (await app.figures()).law;
    await expect.poll(figures).toMatchObject({ received: 4, stored: 2, duplicates: 1, dead: 1, pending: 0 });
    const sql = 'SELECT origin, stream FROM events ORDER BY origin FORMAT TSV';
    const stored = await fetch(`${app.address}/query`, { method: 'POST', body: sql });
    expect(await stored.text()).toBe('market\tmarket\npress\tmarket\n');
  });
});
