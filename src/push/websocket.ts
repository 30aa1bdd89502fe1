import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyPluginAsync, FastifySchema } from 'fastify';
import type { WebSocket } from 'ws';
import { closeCodes, subprotocol, type CloseReason } from '../../schemas/push.ts';
import { messageOf, WeirError } from '../core/errors.ts';
import { webSocketFraming } from './frames.ts';
import { createSession, type Peer, type Session, type SessionDeps } from './session.ts';

interface Connected {
  readonly session: Session;
  /** When there last was a sign of life: something read, or something taken. */
  seenAt: number;
  cut: boolean;
}

/**
 * A `GET /ws`: the alerts over WebSocket, subprotocol `weir.v1`. Registers @fastify/websocket itself. On close every
 * connection is told to go away (1001) and has `drainMs` to do so.
 */
export function alertSocket(deps: SessionDeps): FastifyPluginAsync {
  const { hub, clock, happened } = deps;
  const { limits } = hub;
  const connections = new Map<WebSocket, Connected>();

  function accept(socket: WebSocket, transport: Socket, greeting: Parameters<typeof createSession>[2]): void {
    const peer = peerOf(socket, transport);
    if (connections.size >= limits.connectionsMax) {
      happened.subscriberRefused('too-many');
      return peer.close('tooMany');
    }
    const connected: Connected = { session: createSession(deps, peer, greeting), seenAt: clock.now(), cut: false };
    const { session } = connected;
    const alive = () => {
      connected.seenAt = clock.now();
    };
    connections.set(socket, connected);
    happened.subscribersConnected('websocket', connections.size);

    socket.on('message', (data, isBinary) => {
      alive();
      // With the default `binaryType` a message is one Buffer.
      session.receive(isBinary || !Buffer.isBuffer(data) ? undefined : data.toString('utf8'));
    });
    socket.on('pong', alive);
    socket.on('ping', () => {
      alive();
      session.pinged();
    });
    const drained = () => {
      alive();
      session.drained();
    };
    transport.on('drain', drained);
    socket.on('close', (code) => {
      transport.off('drain', drained);
      session.ended();
      connections.delete(socket);
      happened.subscribersConnected('websocket', connections.size);
      happened.subscriberGone('websocket', connected.cut ? 'silent' : reasonOf(code));
    });
  }

  /** Whoever gives no sign of life is cut off: the network does not always say that somebody is gone. */
  function beat(): void {
    const now = clock.now();
    for (const [socket, connected] of connections) {
      if (now - connected.seenAt > limits.silentMsMax) {
        connected.cut = true;
        socket.terminate();
      } else if (socket.bufferedAmount === 0) socket.ping();
    }
  }

  async function drain(): Promise<void> {
    const gone = [...connections.keys()].map(
      (socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
    );
    for (const socket of connections.keys()) closeWith(socket, 'goingAway');
    const late = setTimeout(() => {
      for (const socket of connections.keys()) socket.terminate();
    }, limits.drainMs);
    await Promise.all(gone);
    clearTimeout(late);
  }

  return async (server) => {
    // Never listens: it hands on the upgrades that are meant for us.
    const ours = createServer();
    await server.register(websocket, {
      options: {
        server: ours,
        maxPayload: limits.messageBytesMax,
        // Alerts are small and go to many: compressing each for each costs more than it saves.
        perMessageDeflate: false,
        handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
      },
      // `ws` closes with the fitting code by itself (1007, 1009) and then reports; there is nothing left to do.
      errorHandler: (error) => happened.subscriberFailed('websocket', messageOf(error)),
      preClose: async () => {
        clearInterval(heart);
        await drain();
      },
    });
    const heart = setInterval(beat, limits.pingEveryMs);
    server.server.on('upgrade', (request, socket: Socket, head) => {
      if (pathOf(request.url) === '/ws') ours.emit('upgrade', request, socket, head);
      else answerAsUsual(server, request, socket);
    });

    server.route({
      method: 'GET',
      url: '/ws',
      schema: description,
      exposeHeadRoute: false,
      handler: () => {
        throw new WeirError('upgrade-required', `Connect with a WebSocket, subprotocol ${subprotocol}.`);
      },
      wsHandler: (socket, request) => {
        const { searchParams } = new URL(request.url, 'ws://weir');
        accept(socket, request.raw.socket, {
          authorization: request.headers.authorization,
          org: searchParams.get('org') ?? undefined,
        });
      },
    });
  };
}

/**
 * Whoever offers to upgrade elsewhere (curl offers HTTP/2) is answered as if they had not. Node has let go of the
 * connection by then, and with it of a body, so it is closed behind the answer.
 */
function answerAsUsual(server: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  socket.on('error', () => socket.destroy());
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.setHeader('connection', 'close');
  response.once('finish', () => socket.end());
  if (request.method === 'GET' || request.method === 'HEAD') server.routing(request, response);
  else response.writeHead(501).end();
}

/**
 * Frames come whole and ready, so they go straight to the transport. `ws` would make the same header again for each
 * subscriber, and write it apart; its own frames (pong, close) are written whole too, so the two never mix.
 */
function peerOf(socket: WebSocket, transport: Socket): Peer {
  return {
    framing: webSocketFraming,
    send(frame) {
      if (socket.readyState === socket.OPEN) transport.write(frame);
    },
    buffered: () => transport.writableLength,
    close: (reason) => closeWith(socket, reason),
  };
}

function closeWith(socket: WebSocket, reason: CloseReason): void {
  const { code, meaning } = closeCodes[reason];
  socket.close(code, meaning);
}

const pathOf = (url: string | undefined) => url?.split('?')[0];

function reasonOf(code: number) {
  const known = Object.entries(closeCodes).find(([, close]) => close.code === code);
  return known ? asReason(known[0]) : 'client';
}

const isReason = (name: string): name is keyof typeof closeCodes => Object.hasOwn(closeCodes, name);
const asReason = (name: string) => (isReason(name) ? name : 'client');

const description: FastifySchema = {
  tags: ['alerts'],
  summary: 'Alerts over WebSocket',
  description: 'Subprotocol `weir.v1`; the messages are described at `/asyncapi.json`.',
  querystring: {
    type: 'object',
    properties: { org: { type: 'string', description: 'The organisation, with an operator’s token' } },
  },
  response: { 101: { description: 'It is a WebSocket from here on', type: 'null' } },
  refuses: ['upgrade-required'],
};
