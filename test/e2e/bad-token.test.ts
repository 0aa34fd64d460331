import { join } from 'node:path';
import { SignJWT } from 'jose';
import t, { type Test } from 'tap';
import { signAccessToken } from '../../src/identity/access-token.ts';
import { loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import { deviceId } from '../../src/model/ids.ts';
import { generateKeyPair } from '../../src/pki/key-pair.ts';
import { goodDevice } from '../support/good-device.ts';
import { ask, FORM, tokenOf, type Upgrade, upgrade } from '../support/raw-device.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const ISSUER = 'https://vitalwire.example';
const server = await runningServer(t);
const good = await goodDevice(server);
const wearable = await server.wearable('watch-1', 'p-1');
const other = await server.wearable('watch-2', 'p-2');
const clinician = await server.token('nurse-1');
const deviceToken = await tokenOf(server, wearable);
const otherToken = await tokenOf(server, other);
const keys = await loadTokenKeys(join(server.directory, 'certs'));
const [registered] = server.registry.certificatesOf(deviceId('watch-1'));
const [registeredOther] = server.registry.certificatesOf(deviceId('watch-2'));

/** A token as the service signs it, with one thing changed. */
async function signed(change: {
  readonly subject?: string;
  readonly thumbprint?: string | null;
  readonly audience?: string;
  readonly issuer?: string;
  readonly now?: number;
}): Promise<string> {
  const { thumbprint = registered!.thumbprint } = change;
  const { token } = await signAccessToken(keys, {
    issuer: change.issuer ?? ISSUER,
    audience: change.audience ?? 'vitalwire:device',
    subject: change.subject ?? 'watch-1',
    ttlS: 3_600,
    now: change.now ?? Date.now(),
    ...(thumbprint === null ? {} : { further: { cnf: { 'x5t#S256': thumbprint } } }),
  });
  return token;
}

function forged(header: object, payload: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.`;
}

async function strangersToken(): Promise<string> {
  return new SignJWT({ cnf: { 'x5t#S256': registered!.thumbprint } })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: keys.current(Date.now()).signing.kid })
    .setIssuer(ISSUER)
    .setAudience('vitalwire:device')
    .setSubject('watch-1')
    .setIssuedAt()
    .setExpirationTime('1h')
    .setJti('1')
    .sign(generateKeyPair().privateKey);
}

/** Asserts a refusal as protocol.md has it. */
function refusedWith(t: Test, answer: unknown, code: string, name: string): void {
  const { status, headers, body } = answer as RestAnswer;
  t.match(
    body,
    { code, status: 401, type: `urn:vitalwire:error:${code}`, detail: String, cure: String },
    name,
  );
  t.equal(status, 401, name);
  t.match(headers['content-type'], /^application\/problem\+json/, name);
  const challenge =
    code === 'token_missing' ? /^Bearer realm="vitalwire"$/ : /^Bearer .*error="invalid_token"/;
  t.match(headers['www-authenticate'], challenge, name);
}

t.test('the stream: every bad token is refused 401 before any 101, a good one is let in', async (t) => {
  const good101 = await upgrade(server.deviceUrl, wearable, { authorization: `Bearer ${deviceToken}` });
  if ('status' in good101) throw new Error(`the control was refused: ${good101.text}`);
  good101.socket.terminate();
  const claims = { iss: ISSUER, aud: 'vitalwire:device', sub: 'watch-1', exp: Date.now() / 1_000 + 99 };
  const [head, payload, signature] = deviceToken.split('.');
  const cases: Readonly<Record<string, readonly [string | null, string]>> = {
    'no header': [null, 'token_missing'],
    'an empty one': ['Bearer ', 'token_missing'],
    'another scheme': ['Basic d2F0Y2g6MQ==', 'token_missing'],
    'no scheme': [deviceToken, 'token_missing'],
    garbage: ['Bearer garbage', 'token_invalid'],
    'garbage of 8,000 letters': [`Bearer ${'a'.repeat(8_000)}`, 'token_invalid'],
    'the token of another device': [`Bearer ${otherToken}`, 'token_not_bound'],
    'of this device, bound to the certificate of another': [
      `Bearer ${await signed({ thumbprint: registeredOther!.thumbprint })}`,
      'token_not_bound',
    ],
    'of another device, bound to this certificate': [
      `Bearer ${await signed({ subject: 'watch-2' })}`,
      'token_not_bound',
    ],
    'bound to nothing': [`Bearer ${await signed({ thumbprint: null })}`, 'token_not_bound'],
    "a clinician's token": [`Bearer ${clinician}`, 'token_invalid'],
    'expired an hour ago': [`Bearer ${await signed({ now: Date.now() - 7_200_000 })}`, 'token_expired'],
    'issued in an hour': [`Bearer ${await signed({ now: Date.now() + 3_600_000 })}`, 'token_invalid'],
    'of another issuer': [`Bearer ${await signed({ issuer: 'https://evil.example' })}`, 'token_invalid'],
    'signed by a stranger under our kid': [`Bearer ${await strangersToken()}`, 'token_invalid'],
    'unsigned, alg none': [`Bearer ${forged({ alg: 'none', typ: 'at+jwt' }, claims)}`, 'token_invalid'],
    'its signature cut off': [`Bearer ${head}.${payload}.`, 'token_invalid'],
    'its signature of another token': [
      `Bearer ${head}.${payload}.${otherToken.split('.')[2]}`,
      'token_invalid',
    ],
    'its payload of another token': [
      `Bearer ${head}.${otherToken.split('.')[1]}.${signature}`,
      'token_invalid',
    ],
  };
  for (const [name, [authorization, code]] of Object.entries(cases)) {
    const before = server.log.length;
    const answer = await upgrade(server.deviceUrl, wearable, { authorization });
    refusedWith(t, answer, code, name);
    const since = server.log.slice(before).map((line) => JSON.parse(line));
    t.match(
      since.filter(({ event }) => event === 'denied'),
      [{ code, route: '/v1/stream' }],
      `${name}: logged`,
    );
  }
  t.notMatch(server.log.join('\n'), signature ?? '', 'no token in the log');
  await good.goesOn(t);
});

t.test('the clinician listener takes no device token, on REST or on the feed', async (t) => {
  t.equal((await rest(server, clinician, '/v1/patients')).status, 200, 'control');
  const ca = wearable.ca;
  const feed = (authorization: string | null, protocols = ['vitalwire.feed.v1.json']) =>
    upgrade(server.clinicianUrl, { ca }, { authorization, protocols, path: '/v1/feed' } satisfies Upgrade);
  const control = await feed(`Bearer ${clinician}`);
  if ('status' in control) throw new Error(`the control was refused: ${control.text}`);
  control.socket.terminate();
  for (const [name, token, code] of [
    ["a device's token", deviceToken, 'token_invalid'],
    ['garbage', 'garbage', 'token_invalid'],
    ['none', null, 'token_missing'],
    ['expired', await server.token('nurse-2', { ttlS: -10 }), 'token_expired'],
  ] as const) {
    refusedWith(t, await rest(server, token, '/v1/patients'), code, `REST, ${name}`);
    refusedWith(t, await feed(token === null ? null : `Bearer ${token}`), code, `feed, ${name}`);
  }
  await good.goesOn(t);
});

t.test('a stream is a WebSocket of a known sub-protocol', async (t) => {
  const authorization = `Bearer ${deviceToken}`;
  for (const protocols of [[], ['vitalwire.v2.json'], ['vitalwire.feed.v1.json']]) {
    const answer = await upgrade(server.deviceUrl, wearable, { authorization, protocols });
    t.match(answer, { status: 400, body: { code: 'subprotocol_required' } }, `offering ${protocols}`);
  }
  const get = await ask(`${server.deviceUrl}/v1/stream`, { ...wearable, headers: { authorization } });
  t.match(get, { status: 426, body: { code: 'upgrade_required' }, headers: { upgrade: 'websocket' } });
  const unauthenticated = await ask(`${server.deviceUrl}/v1/stream`, { ...wearable });
  refusedWith(t, unauthenticated, 'token_missing', 'a plain GET without a token');
  t.match(
    await upgrade(server.deviceUrl, wearable, { authorization, path: '/v1/nothing' }),
    { status: 404, body: { code: 'not_found' } },
    'an upgrade of a path that is not there',
  );
  const both = await upgrade(server.deviceUrl, wearable, {
    authorization,
    protocols: ['unknown', 'vitalwire.v1.cbor'],
  });
  if ('status' in both) throw new Error('one known protocol among others must do');
  t.equal(both.socket.protocol, 'vitalwire.v1.cbor');
  both.socket.terminate();
  await good.goesOn(t);
});

t.test('the token endpoint takes a form with grant_type=client_credentials and nothing else', async (t) => {
  const token = (body: string, type: string | null = FORM) =>
    ask(
      `${server.deviceUrl}/v1/token`,
      { ...wearable, method: 'POST', headers: type === null ? {} : { 'content-type': type } },
      body,
    );
  const answer = await token('grant_type=client_credentials');
  t.match(answer, { status: 200, body: { token_type: 'Bearer', expires_in: 3_600 } });
  t.equal(answer.headers['cache-control'], 'no-store');
  t.match(await token('grant_type=password&username=a'), {
    status: 400,
    body: { code: 'unsupported_grant_type', error: 'unsupported_grant_type' },
  });
  t.match(await token(''), { status: 400 });
  t.match(await token('__proto__=1&constructor=2'), {
    status: 400,
    body: { code: 'unsupported_grant_type' },
  });
  t.match(await token('{"grant_type":"client_credentials"}', 'application/json'), {
    status: 415,
    body: { code: 'unsupported_media_type' },
  });
  t.match(await token('x', 'application/xml'), { status: 415, body: { code: 'unsupported_media_type' } });
  t.match(await token(`grant_type=${'a'.repeat(70_000)}`), {
    status: 413,
    body: { code: 'payload_too_large' },
  });
  await good.goesOn(t);
});
