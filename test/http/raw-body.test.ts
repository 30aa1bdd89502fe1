import { connect } from 'node:net';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { createBodiesInFlight, keepRawBodies } from '../../src/http/raw-body.ts';

test('a connection that breaks gives back all that was set aside for its requests, those waiting behind others too', async () => {
  const bodies = createBodiesInFlight(100 * 1024 ** 2);
  const server = Fastify();
  keepRawBodies(server, { bodyBytes: 1024 ** 2, inFlight: bodies });
  // Never answers: so all behind it wait.
  server.post('/', () => new Promise(() => undefined));
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  const socket = connect(Number(port), '127.0.0.1');
  const one = 'POST / HTTP/1.1\r\nhost: weir\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n';
  socket.write(one.repeat(6));
  await expect.poll(() => bodies.bytes).toBeGreaterThan(0);
  socket.destroy();
  await expect.poll(() => bodies.bytes).toBe(0);
  await server.close();
});

test('what is answered is given back while its connection is kept, and nothing is given back twice', async () => {
  const bodies = createBodiesInFlight(100 * 1024 ** 2);
  const server = Fastify();
  keepRawBodies(server, { bodyBytes: 1024 ** 2, inFlight: bodies });
  server.post('/', async () => 'done');
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  const socket = connect(Number(port), '127.0.0.1');
  let answers = 0;
  socket.on('data', (bytes) => (answers += bytes.toString().split('HTTP/1.1 200').length - 1));
  const head = 'POST / HTTP/1.1\r\nhost: weir\r\ncontent-length: ';
  for (let sent = 1; sent <= 3; sent += 1) {
    socket.write(`${head}2\r\n\r\n{}`);
    await expect.poll(() => answers).toBe(sent);
    await expect.poll(() => bodies.bytes).toBe(0);
  }
  // One that breaks off in the middle of its body.
  socket.write(`${head}1000\r\n\r\n{`);
  await expect.poll(() => bodies.bytes).toBe(1_000);
  socket.destroy();
  await expect.poll(() => bodies.bytes).toBe(0);
  await server.close();
});
