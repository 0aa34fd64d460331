import { stringify } from 'yaml';
import { DEVICE_SUBPROTOCOLS } from '../../src/protocol/device-codec.ts';
import { DEVICE_TO_SERVER, SERVER_TO_DEVICE } from '../../src/protocol/device-frames.ts';
import { FEED_SUBPROTOCOL } from '../../src/protocol/feed-codec.ts';
import { CLIENT_TO_FEED } from '../../src/protocol/feed-commands.ts';
import { FEED_TO_CLIENT, PatientSnapshot } from '../../src/protocol/feed-frames.ts';
import { ALARM_FORMS, AlarmSchema } from './alarm-schema.ts';
import { DEVICE_EXAMPLES, SERVER_EXAMPLES } from './device-frame-examples.ts';
import { CLIENT_EXAMPLES, FEED_EXAMPLES } from './feed-frame-examples.ts';
import { component, type JsonSchema, plain, withReferences } from './json-schema.ts';
import { sampleSchema } from './sample-schema.ts';

type Frames = Readonly<Record<string, { readonly description?: string }>>;

/** One socket in one direction, seen from the server: it receives what peers send. */
interface Direction {
  readonly channel: 'stream' | 'feed';
  readonly action: 'receive' | 'send';
  readonly frames: Frames;
  readonly examples: Readonly<Record<string, unknown>>;
  /** Frames that answer one another, by the type of the question. */
  readonly replies: Readonly<Record<string, string>>;
}

const DIRECTIONS: readonly Direction[] = [
  {
    channel: 'stream',
    action: 'receive',
    frames: DEVICE_TO_SERVER as Frames,
    examples: DEVICE_EXAMPLES,
    replies: { hello: 'welcome', refresh: 'refreshed' },
  },
  {
    channel: 'stream',
    action: 'send',
    frames: SERVER_TO_DEVICE as Frames,
    examples: SERVER_EXAMPLES,
    replies: { command: 'result', token_expiring: 'refresh' },
  },
  {
    channel: 'feed',
    action: 'receive',
    frames: CLIENT_TO_FEED as Frames,
    examples: CLIENT_EXAMPLES,
    replies: {
      subscribe: 'result',
      unsubscribe: 'result',
      acknowledge: 'result',
      waveforms: 'result',
      refresh: 'result',
    },
  },
  {
    channel: 'feed',
    action: 'send',
    frames: FEED_TO_CLIENT as Frames,
    examples: FEED_EXAMPLES,
    replies: {},
  },
];

const SHARED: ReadonlySet<string> = new Set([
  'Alarm',
  ...Object.keys(ALARM_FORMS),
  'PatientSnapshot',
  'Sample',
]);

/** Samples are checked one by one, not by the schema of their frame: the document says what the check takes. */
function payload(channel: string, type: string, frame: object): unknown {
  const schema = plain(frame) as { properties?: { samples?: JsonSchema } };
  if (channel === 'stream' && type === 'vitals' && schema.properties?.samples)
    schema.properties.samples = { ...schema.properties.samples, items: { title: 'Sample' } };
  return withReferences(schema, SHARED);
}

const capital = (text: string): string =>
  text
    .split('_')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');

function messagesOf({ channel, frames, examples }: Direction): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(frames).map(([type, frame]) => [
      `${channel}.${type}`,
      {
        name: type,
        summary: frame.description,
        payload: payload(channel, type, frame),
        examples: [{ name: type, payload: examples[type] }],
      },
    ]),
  );
}

function operationsOf({ channel, action, frames, replies }: Direction): Record<string, unknown> {
  const message = (type: string): JsonSchema => ({ $ref: `#/channels/${channel}/messages/${type}` });
  return Object.fromEntries(
    Object.entries(frames).map(([type, frame]) => [
      `${channel}${capital(action)}${capital(type)}`,
      {
        action,
        channel: { $ref: `#/channels/${channel}` },
        summary: frame.description,
        messages: [message(type)],
        ...(replies[type] === undefined
          ? {}
          : { reply: { channel: { $ref: `#/channels/${channel}` }, messages: [message(replies[type])] } }),
      },
    ]),
  );
}

function channel(
  name: Direction['channel'],
  about: { readonly address: string; readonly server: string; readonly description: string },
  subprotocols: readonly string[],
): JsonSchema {
  const types = DIRECTIONS.filter((direction) => direction.channel === name).flatMap(({ frames }) =>
    Object.keys(frames),
  );
  return {
    address: about.address,
    description: about.description,
    servers: [{ $ref: `#/servers/${about.server}` }],
    messages: Object.fromEntries(
      types.map((type) => [type, { $ref: `#/components/messages/${name}.${type}` }]),
    ),
    bindings: {
      ws: {
        method: 'GET',
        headers: {
          type: 'object',
          required: ['Authorization', 'Sec-WebSocket-Protocol'],
          properties: {
            Authorization: { type: 'string', pattern: '^Bearer .+$' },
            'Sec-WebSocket-Protocol': { type: 'string', enum: [...subprotocols] },
          },
        },
        bindingVersion: '0.1.0',
      },
    },
  };
}

/** The AsyncAPI 3.0 document of both sockets, from the schemas that the server checks frames with. */
export function asyncApiDocument(): JsonSchema {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Vitalwire sockets',
      version: 'v1',
      description:
        'Generated by `npm run docs` from the schemas in src/protocol; docs/protocol.md is the reference. Operations are seen from the server.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      device: {
        host: 'localhost:8443',
        protocol: 'wss',
        description: 'Device listener: a client certificate in the handshake, and a token bound to it.',
        security: [
          { $ref: '#/components/securitySchemes/device_certificate' },
          { $ref: '#/components/securitySchemes/device_token' },
        ],
      },
      clinician: {
        host: 'localhost:8444',
        protocol: 'wss',
        description: 'Clinician listener: a bearer token.',
        security: [{ $ref: '#/components/securitySchemes/clinician_token' }],
      },
    },
    channels: {
      stream: channel(
        'stream',
        {
          address: '/v1/stream',
          server: 'device',
          description:
            'One connection a device. vitalwire.v1.json: text frames. vitalwire.v1.cbor: binary frames with the same fields (RFC 8949).',
        },
        DEVICE_SUBPROTOCOLS,
      ),
      feed: channel(
        'feed',
        { address: '/v1/feed', server: 'clinician', description: 'Live vitals and alarms for a clinician.' },
        [FEED_SUBPROTOCOL],
      ),
    },
    operations: Object.assign({}, ...DIRECTIONS.map(operationsOf)),
    components: {
      messages: Object.assign({}, ...DIRECTIONS.map(messagesOf)),
      schemas: {
        Sample: sampleSchema(),
        Alarm: component(plain(AlarmSchema), SHARED),
        ...Object.fromEntries(
          Object.entries(ALARM_FORMS).map(([name, form]) => [name, component(plain(form), SHARED)]),
        ),
        PatientSnapshot: component(plain(PatientSnapshot), SHARED),
      },
      securitySchemes: {
        device_certificate: {
          type: 'X509',
          description: 'Issued by `npm run device -- issue`, required in the TLS handshake.',
        },
        device_token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From POST /v1/token over the same certificate (RFC 8705).',
        },
        clinician_token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'From `npm run clinician -- token`.',
        },
      },
    },
  };
}

/** The document as YAML, the same bytes every time. */
export function asyncApiYaml(): string {
  return stringify(asyncApiDocument(), { aliasDuplicateObjects: false, lineWidth: 0 });
}
