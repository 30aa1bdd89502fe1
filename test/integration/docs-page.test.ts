import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { configOf } from '../../src/config/load.ts';
import { homeRoutes } from '../../src/http/routes/home.ts';
import { operationsRoutes } from '../../src/http/routes/operations.ts';
import { buildServer } from '../../src/http/server.ts';

const browserPath = '/usr/bin/chromium';

test('/docs and / work in a browser that reaches nothing but weir', async ({ skip }) => {
  if (!existsSync(browserPath)) {
    const why = `there is no browser at ${browserPath}; install chromium`;
    console.info(`skipped: ${why}`);
    skip(why);
  }
  const { address, close } = await serve();
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(address) && !url.startsWith('data:')) faults.push(`asks ${url}`);
    });

    await page.goto(`${address}/`);
    await page.click('a[href="/docs"]');
    await page.waitForSelector('#operations-operations-get_readyz');
    await page.click('#operations-operations-get_readyz .opblock-summary-control');
    await page.click('text=Try it out');
    await page.click('text=Execute');
    await page.waitForSelector('.live-responses-table .response-col_status:has-text("200")');
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
    await close();
  }
});

async function serve() {
  const readiness = () => ({ ready: true, parts: { log: { ready: true, reason: 'connected' } } });
  const server = await buildServer({
    http: configOf().http,
    version: '1.2.3',
    open: true,
    asyncapi: {},
    routes: [
      operationsRoutes({
        authenticator: {
          required: false,
          identify: async () => ({ subject: 'x', org: '*', roles: [], rights: ['read'] }),
        },
        readiness,
        metrics: async () => ({ contentType: 'text/plain', text: '' }),
      }),
      homeRoutes({ version: '1.2.3', authenticator: { required: false }, facts: () => [], readiness }),
    ],
    happened: { requestFailed: () => undefined, connectionRefused: () => undefined, requestAnswered: () => undefined },
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return { address, close: () => server.close() };
}
