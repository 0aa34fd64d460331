import t from 'tap';
import { ALARM_EXAMPLES } from '../../scripts/docs/feed-frame-examples.ts';
import { checkSamples } from '../../src/ingest/sample-check.ts';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import { frameCheck } from '../../src/protocol/decode-frame.ts';
import { serverCodecs } from '../../src/protocol/device-codec.ts';
import { DEVICE_TO_SERVER, SERVER_TO_DEVICE } from '../../src/protocol/device-frames.ts';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { CLIENT_TO_FEED } from '../../src/protocol/feed-commands.ts';
import { FEED_TO_CLIENT } from '../../src/protocol/feed-frames.ts';
import { page, section } from './pages.ts';
import { asyncApi, faultsOf, openApi, type Route } from './parsed.ts';

const CHANNELS = {
  stream: { receive: DEVICE_TO_SERVER, send: SERVER_TO_DEVICE },
  feed: { receive: CLIENT_TO_FEED, send: FEED_TO_CLIENT },
} as const;

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item] : references(item),
  );
}

function resolve(document: unknown, reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
}

for (const [name, document] of Object.entries({ asyncApi, openApi })) {
  t.test(`every reference of ${name} resolves`, async (t) => {
    const all = references(document);
    t.ok(all.length > 10);
    for (const reference of new Set(all)) t.ok(resolve(document, reference), reference);
  });
}

t.test('every frame is a message, with an operation in its direction, on its channel', async (t) => {
  t.match(asyncApi.asyncapi, /^3\.0\./);
  for (const [channel, directions] of Object.entries(CHANNELS)) {
    const types = Object.values(directions).flatMap((frames) => Object.keys(frames));
    t.same(Object.keys(asyncApi.channels[channel]!.messages).sort(), types.toSorted(), channel);
    for (const [action, frames] of Object.entries(directions)) {
      for (const type of Object.keys(frames)) {
        const message = { $ref: `#/channels/${channel}/messages/${type}` };
        const operations = Object.values(asyncApi.operations);
        t.equal(
          operations.filter((one) => one.action === action && one.messages[0]?.$ref === message.$ref).length,
          1,
          `${action} ${channel}.${type}`,
        );
        t.equal(asyncApi.components.messages[`${channel}.${type}`]?.payload.properties.type.const, type);
      }
    }
  }
});

t.test('every example is what the server takes, and what the document allows', async (t) => {
  for (const [channel, directions] of Object.entries(CHANNELS)) {
    for (const frames of Object.values(directions)) {
      const check = frameCheck(frames);
      for (const type of Object.keys(frames)) {
        const message = asyncApi.components.messages[`${channel}.${type}`]!;
        t.equal(message.examples.length, 1, `${channel}.${type} has an example`);
        const { payload } = message.examples[0]!;
        t.match(check(payload), { ok: true }, `${channel}.${type}: code`);
        t.same(faultsOf(asyncApi, message.payload, payload), [], `${channel}.${type}: document`);
      }
    }
  }
  const alarm = { $ref: '#/components/schemas/Alarm' };
  for (const example of ALARM_EXAMPLES) t.same(faultsOf(asyncApi, alarm, example), [], String(example.id));
  t.not(faultsOf(asyncApi, alarm, { ...ALARM_EXAMPLES[0], extra: 1 }).length, 0);
});

t.test('the schema of a sample and the check of a sample agree', async (t) => {
  const schema = { $ref: '#/components/schemas/Sample' };
  const now = 1_772_438_400_000;
  const samples: unknown[] = [
    { t: now },
    { heart_rate: 70 },
    { t: 1.5, heart_rate: 70 },
    { t: now, hr: 70 },
    7,
    null,
  ];
  samples.push({ t: now, heart_rate: 70, quality: 'motion' }, { t: now, heart_rate: 70, quality: 'bad' });
  for (const vital of VITAL_NAMES)
    for (const value of [
      -1,
      0,
      0.001,
      10,
      14,
      25.9,
      26,
      45,
      45.1,
      70,
      100,
      100.1,
      299.9,
      300,
      330,
      400,
      2000,
      2001,
      '70',
      null,
    ])
      samples.push({ t: now, [vital]: value });
  for (const sample of samples) {
    const taken = checkSamples([sample], now, 86_400_000).samples.length === 1;
    t.equal(faultsOf(asyncApi, schema, sample).length === 0, taken, JSON.stringify(sample));
  }
});

t.test('OpenAPI: every path says who serves it, what it needs and how it fails', async (t) => {
  t.match(openApi.openapi, /^3\.1\./);
  const expected = [
    ...[
      '/v1/token',
      '/.well-known/jwks.json',
      '/.well-known/est/cacerts',
      '/.well-known/est/simplereenroll',
      '/crl/{file}',
      '/healthz',
      '/readyz',
      '/metrics',
      '/v1/alarms/{id}',
      '/v1/alarms/{id}/acknowledge',
      '/v1/alarms/{id}/deliveries',
      '/v1/audit',
      '/v1/devices',
      '/v1/patients',
      '/v1/registry/patients',
      '/v1/registry/patients/{id}',
      '/v1/session',
      '/v1/sessions',
      '/v1/sessions/{id}',
      '/v1/sign-in',
      '/v1/sign-in/openid',
      '/v1/sign-in/openid/callback',
      '/v1/system',
      '/v1/wards/{id}/key-figures',
    ],
    ...['', '/vitals', '/waveforms', '/alarms', '/key-figures', '/break-glass'].map(
      (part) => `/v1/patients/{id}${part}`,
    ),
    ...['', '/suspend', '/resume', '/revoke', '/assign', '/certificates/{serial}/revoke', '/commands'].map(
      (part) => `/v1/devices/{id}${part}`,
    ),
    ...['', '/{id}', '/{id}/activate', '/{id}/deactivate', '/{id}/invite'].map(
      (part) => `/v1/clinicians${part}`,
    ),
    ...['default', 'ward/{id}', 'patient/{id}'].flatMap((scope) => [
      `/v1/limits/${scope}`,
      `/v1/limits/${scope}/{target}`,
    ]),
    ...[
      '/limits',
      '/limits/backtest',
      '/shelves',
      '/shelves/{shelf}',
      '/observations',
      '/news2',
      '/news2/history',
    ].map((part) => `/v1/patients/{id}${part}`),
  ];
  t.same(Object.keys(openApi.paths).sort(), expected.toSorted());
  t.same(
    new Set(openApi.components.schemas.ProblemDetails.properties.code.enum),
    new Set(Object.keys(ERROR_CODES)),
  );
  for (const [path, { servers, ...operations }] of Object.entries(openApi.paths)) {
    t.ok(servers.length > 0, `${path} has a server`);
    for (const [method, { summary, responses, security }] of Object.entries<Route>(operations)) {
      t.ok(summary, `${method} ${path} has a summary`);
      // Whoever signs in has nothing yet.
      const signsIn = path.startsWith('/v1/sign-in') || (path === '/v1/session' && method === 'post');
      if (signsIn) t.equal(security, undefined, `${method} ${path} needs nobody signed in`);
      else if (path.startsWith('/v1/')) t.ok(security?.length, `${path} says what it needs`);
      for (const [status, response] of Object.entries(responses)) {
        if (!/^4/.test(status)) continue;
        // Looked at by people, in a browser.
        if (path.startsWith('/v1/sign-in/openid')) {
          t.ok(response.content?.['text/html'], `${path} answers ${status} with a page`);
          continue;
        }
        t.same(response.content?.['application/problem+json']?.schema, {
          $ref: '#/components/schemas/ProblemDetails',
        });
      }
    }
  }
});

t.test('the CBOR example decodes to the waveform of the JSON example', async (t) => {
  const text = section(page('docs/protocol.md'), '## 12. CBOR');
  const hex = /^[0-9a-f]{40,}$/m.exec(text)?.[0] ?? '';
  const decoded = serverCodecs()['vitalwire.v1.cbor'].decode(Buffer.from(hex, 'hex'), true);
  const { payload } = asyncApi.components.messages['stream.waveform']!.examples[0]!;
  if (!decoded.ok || decoded.frame.type !== 'waveform') throw new Error(JSON.stringify(decoded));
  const values = payload.values as number[];
  t.same({ ...decoded.frame, values: [] }, { ...payload, values: [] });
  t.same(Array.from(decoded.frame.values), values, 'the decimals that short floats stand for');
  t.ok(text.includes(`85(h'${Buffer.from(Float32Array.from(values).buffer).toString('hex')}')`));
});
