import { once } from 'node:events';
import { createServer } from 'node:net';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { listenAt } from '../../src/http/listen.ts';

test('a port that somebody has, and an address that is another machine’s, are told as what they are', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(listenAt(fastify(), { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(`http.port: something listens at 127.0.0.1:${port} already`),
  });
  // An address of documentation: no machine has it.
  await expect(listenAt(fastify(), { host: '203.0.113.9', port: 0 })).rejects.toMatchObject({
    code: 'config-invalid',
    message: 'http.host: 203.0.113.9 is no address of this machine',
  });
});

test.each([
  ['EACCES', 'http.port: weir may not listen on port 80;'],
  ['ENOTFOUND', 'http.host: nowhere is no address of this machine'],
])('%s', async (code, message) => {
  const listen = () => Promise.reject(Object.assign(new Error('listen'), { code }));
  await expect(listenAt({ listen }, { host: 'nowhere', port: 80 })).rejects.toThrow(message);
});
