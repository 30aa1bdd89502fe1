import { alertKinds, severities } from '../src/core/alert.ts';
import { namePattern } from '../src/core/event.ts';
import { jsonSchemaOf } from './checked.ts';
import { cloudEvent } from './event.ts';
import { clientMessages, closeCodes, serverMessages, subprotocol } from './push.ts';

const said: Record<keyof typeof serverMessages, string> = {
  subscribed: 'The subscription stands; its cursor is where it begins',
  alert: 'A transition of an alert: what happened, who, when, why, and the whole alert after it',
  run: 'Facts of a run of agents that hold from one moment on',
  insights: 'What came of a run, and what of it is worth knowing',
  gap: 'The log no longer has what lies between; what is left follows',
  unsubscribed: 'The subscription is over',
  pong: 'The answer to a ping',
  error: 'What was wrong with a message; the connection stays open unless it is closed with a code',
};

const asked: Record<keyof typeof clientMessages, string> = {
  auth: 'The token, for those who cannot send a header; the first frame',
  subscribe: 'Asks for alerts, runs or insights: which, and from where on',
  unsubscribe: 'Ends a subscription',
  ping: 'Asks for a pong',
};

/** The messages weir takes and gives over WebSocket and NATS, as AsyncAPI 3. Made of the schemas that check them. */
export function asyncapi(version: string) {
  const closing = Object.values(closeCodes).map(({ code, meaning }) => `${code}: ${meaning}`);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'weir',
      version,
      description: `Alerts over WebSocket and events over NATS. Close codes of the WebSocket:\n\n- ${closing.join('\n- ')}`,
    },
    defaultContentType: 'application/json',
    servers: {
      weir: {
        host: '127.0.0.1:8420',
        protocol: 'ws',
        description: 'http.host and http.port of the configuration',
        security: [{ $ref: '#/components/securitySchemes/token' }],
      },
      nats: {
        host: '127.0.0.1:4222',
        protocol: 'nats',
        description: 'log.url of the configuration, with its own accounts',
      },
    },
    channels: {
      alerts: {
        address: '/ws',
        title: 'Alerts',
        description: `Subprotocol ${subprotocol}, JSON in text frames. Kinds: ${alertKinds.join(', ')}; severities, rising: ${severities.join(', ')}.`,
        servers: [{ $ref: '#/servers/weir' }],
        messages: { ...refs(clientMessages, 'ask'), ...refs(serverMessages, 'say') },
        bindings: { ws: { method: 'GET', query: orgQuery, bindingVersion: '0.1.0' } },
      },
      intake: {
        address: 'weir.intake.{org}.{source}',
        title: 'Events from NATS publishers',
        description: 'Structured mode. `weir.outcome.alert` is not taken here: over HTTP it takes the right `act`.',
        servers: [{ $ref: '#/servers/nats' }],
        parameters: {
          org: { description: `The organisation, ${namePattern.source}` },
          source: { description: `The source, ${namePattern.source}` },
        },
        messages: { event: { $ref: '#/components/messages/event' } },
      },
    },
    operations: {
      ask: {
        action: 'receive',
        channel: { $ref: '#/channels/alerts' },
        summary: 'What a subscriber sends',
        messages: listed(clientMessages, 'ask'),
      },
      say: {
        action: 'send',
        channel: { $ref: '#/channels/alerts' },
        summary: 'What a subscriber is told',
        messages: listed(serverMessages, 'say'),
      },
      take: {
        action: 'receive',
        channel: { $ref: '#/channels/intake' },
        summary: 'CloudEvents 1.0, structured mode; taken from the queue once they are in the log',
        messages: [{ $ref: '#/channels/intake/messages/event' }],
      },
    },
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'In the upgrade request, or in the first frame (`auth`)',
        },
      },
      messages: {
        ...messages(clientMessages, 'ask', asked),
        ...messages(serverMessages, 'say', said),
        event: {
          name: 'event',
          title: 'CloudEvent',
          summary: 'Something that happened, told by anyone with NATS rights',
          contentType: 'application/cloudevents+json',
          payload: jsonSchemaOf(cloudEvent),
        },
      },
    },
  };
}

type Schemas = Readonly<Record<string, Parameters<typeof jsonSchemaOf>[0]>>;

/** Both sides have their own names: a client's and a server's message could be called the same. */
const nameOf = (side: 'ask' | 'say', type: string) => `${side}-${type}`;

function refs(schemas: Schemas, side: 'ask' | 'say') {
  const names = Object.keys(schemas).map((type) => nameOf(side, type));
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

function listed(schemas: Schemas, side: 'ask' | 'say') {
  return Object.keys(schemas).map((type) => ({ $ref: `#/channels/alerts/messages/${nameOf(side, type)}` }));
}

function messages(schemas: Schemas, side: 'ask' | 'say', summaries: Readonly<Record<string, string>>) {
  const io = side === 'ask' ? 'input' : 'output';
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => [
      nameOf(side, type),
      { name: type, title: type, summary: summaries[type], payload: jsonSchemaOf(schema, io) },
    ]),
  );
}

const orgQuery = {
  type: 'object',
  properties: {
    org: { type: 'string', pattern: namePattern.source, description: "Which organisation, for an operator's token" },
  },
};
