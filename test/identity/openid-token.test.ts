import { createHmac, sign } from 'node:crypto';
import { SignJWT } from 'jose';
import t from 'tap';
import { issueClinicianToken } from '../../src/identity/clinician-token.ts';
import { verifyClinician } from '../../src/identity/clinician-verifier.ts';
import { IdentityError } from '../../src/identity/identity-error.ts';
import { type OpenIdAlgorithm, openIdKeySet } from '../../src/identity/openid-key-set.ts';
import type { OpenIdProvider } from '../../src/identity/openid-token.ts';
import { tokenKeySchedule } from '../../src/identity/token-key-schedule.ts';
import { parseTokenKeySet } from '../../src/identity/token-key-set.ts';
import { createTokenKey } from '../../src/identity/token-keys.ts';
import { invalidToken } from '../../src/identity/token-refusal.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { newProviderKey, type ProviderKey } from '../support/openid-provider.ts';

const now = Date.UTC(2026, 5, 1, 12);
const nowS = now / 1000;
const ALGORITHMS: readonly OpenIdAlgorithm[] = ['ES256', 'RS256', 'PS256', 'EdDSA'];
const providerKeys = Object.fromEntries(ALGORITHMS.map((one) => [one, newProviderKey(one)])) as Record<
  OpenIdAlgorithm,
  ProviderKey
>;
const rsa = providerKeys.RS256;
const set = openIdKeySet({ keys: Object.values(providerKeys).map(({ jwk }) => jwk) }, ALGORITHMS);
const keys = tokenKeySchedule(await parseTokenKeySet(await createTokenKey()));
const issuer = 'https://vitals.example.org';
const asked: string[] = [];
const provider: OpenIdProvider = {
  issuer: 'https://idp.example.org/realms/ward',
  audience: 'vitalwire-api',
  algorithms: ALGORITHMS,
  claims: { subject: 'sub', role: 'roles', roles: null, wards: null, patients: null },
  keys: {
    find: async (kid, algorithm) => {
      asked.push(kid);
      const key = set.find(kid, algorithm);
      if (key) return key;
      throw invalidToken('no such key');
    },
  },
};
const verify = (token: string, at = now) => verifyClinician({ keys, issuer, provider }, token, at);

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const goodHeader = { alg: 'RS256', typ: 'JWT', kid: rsa.kid };
const goodClaims = { iss: provider.issuer, aud: 'vitalwire-api', sub: 'n1', iat: nowS, exp: nowS + 300 };

/** A token of any shape with a signature that is genuine. */
function forge(header: unknown = goodHeader, claims: unknown = goodClaims, key = rsa.privateKey): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

const without = (name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(goodClaims).filter(([claim]) => claim !== name));
const claims = (change: object): string => forge(goodHeader, { ...goodClaims, ...change });
const header = (change: object): string => forge({ ...goodHeader, ...change });
const spki = String(set.find(rsa.kid, 'RS256')?.export({ format: 'pem', type: 'spki' }));

function hmacToken(secret: string): string {
  const input = `${encode({ ...goodHeader, alg: 'HS256' })}.${encode(goodClaims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

t.test('a token of each algorithm verifies, by the key of its kid', async (t) => {
  for (const { algorithm, kid, privateKey } of Object.values(providerKeys)) {
    const token = await new SignJWT(goodClaims)
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid })
      .sign(privateKey);
    const expected = { principal: { id: 'n1', role: null, scope: null }, expires: now + 300_000 };
    t.same(await verify(token), expected, algorithm);
  }
});

const GOOD: Readonly<Record<string, string>> = {
  'the control of the table below': forge(),
  'typ at+jwt': header({ typ: 'at+jwt' }),
  'typ application/at+jwt': header({ typ: 'application/at+jwt' }),
  'typ in lower case': header({ typ: 'jwt' }),
  'a thumbprint of its certificate': header({ x5t: 'AAAA', 'x5t#S256': 'BBBB' }),
  'an audience among others': claims({ aud: ['account', 'vitalwire-api'] }),
  'iat and nbf a minute ahead': claims({ iat: nowS + 60, nbf: nowS + 60 }),
  'claims nobody asked for': claims({ nonce: 'x', azp: 'app', scope: 'openid' }),
};
for (const [name, token] of Object.entries(GOOD)) {
  t.test(`accepts: ${name}`, async (t) => t.match(await verify(token), { principal: { id: 'n1' } }));
}

const BAD: Readonly<Record<string, readonly [code: string, token: string]>> = {
  'alg none': ['token_invalid', `${encode({ ...goodHeader, alg: 'none' })}.${encode(goodClaims)}.`],
  'alg none, signed': ['token_invalid', header({ alg: 'none' })],
  'alg HS256 with the public key in PEM': ['token_invalid', hmacToken(spki)],
  'alg HS256 with the public JWK': ['token_invalid', hmacToken(JSON.stringify(rsa.jwk))],
  'alg RS512': ['token_invalid', header({ alg: 'RS512' })],
  'alg PS256 named, RS256 signed, with a key for RS256': ['token_invalid', header({ alg: 'PS256' })],
  'alg ES256 named, with the RSA key': ['token_invalid', header({ alg: 'ES256' })],
  'the kid of another kind of key': ['token_invalid', header({ kid: providerKeys.ES256.kid })],
  "a stranger's key under our kid": [
    'token_invalid',
    forge(goodHeader, goodClaims, newProviderKey().privateKey),
  ],
  'kid unknown': ['token_invalid', header({ kid: 'other' })],
  'kid missing': ['token_invalid', forge({ alg: 'RS256', typ: 'JWT' })],
  'kid empty': ['token_invalid', header({ kid: '' })],
  'kid a list': ['token_invalid', header({ kid: [rsa.kid] })],
  'kid an object property': ['token_invalid', header({ kid: '__proto__' })],
  'typ missing': ['token_invalid', forge({ alg: 'RS256', kid: rsa.kid })],
  'typ of a logout token': ['token_invalid', header({ typ: 'logout+jwt' })],
  'typ of a proof': ['token_invalid', header({ typ: 'dpop+jwt' })],
  'typ a list': ['token_invalid', header({ typ: ['JWT'] })],
  'jwk header': ['token_invalid', header({ jwk: rsa.jwk })],
  'jku header': ['token_invalid', header({ jku: 'https://evil.example/jwks.json' })],
  'x5u header': ['token_invalid', header({ x5u: 'https://evil.example/cert.pem' })],
  'x5c header': ['token_invalid', header({ x5c: ['AAAA'] })],
  'crit header': ['token_invalid', header({ crit: ['exp'], exp: 1 })],
  'b64 header': ['token_invalid', header({ b64: false, crit: ['b64'] })],
  'claims changed after signing': [
    'token_invalid',
    `${encode(goodHeader)}.${encode({ ...goodClaims, sub: 'n2' })}.${forge().split('.')[2]}`,
  ],
  'no signature': ['token_invalid', forge().replace(/[^.]+$/, '')],
  'a fourth part': ['token_invalid', `${forge()}.x`],
  'iss in another spelling': ['token_invalid', claims({ iss: `${provider.issuer}/` })],
  'iss of this service, signed by the provider': ['token_invalid', claims({ iss: issuer })],
  'iss a list': ['token_invalid', claims({ iss: [provider.issuer] })],
  'aud of another application': ['token_invalid', claims({ aud: 'another' })],
  'aud of clinicians here': ['token_invalid', claims({ aud: 'vitalwire:clinician' })],
  'aud missing': ['token_invalid', forge(goodHeader, without('aud'))],
  'exp missing': ['token_invalid', forge(goodHeader, without('exp'))],
  'exp as text': ['token_invalid', claims({ exp: '99999999999' })],
  'exp now': ['token_expired', claims({ exp: nowS })],
  'exp a second ago, within the tolerance of other claims': ['token_expired', claims({ exp: nowS - 1 })],
  'exp long ago': ['token_expired', claims({ exp: 1 })],
  'iat missing': ['token_invalid', forge(goodHeader, without('iat'))],
  'iat 61 s ahead': ['token_invalid', claims({ iat: nowS + 61 })],
  'nbf 61 s ahead': ['token_invalid', claims({ nbf: nowS + 61 })],
  'sub missing': ['token_invalid', forge(goodHeader, without('sub'))],
  'sub no id': ['token_invalid', claims({ sub: '../x' })],
  'longer than 8,192 characters': ['token_invalid', claims({ groups: 'a'.repeat(7_000) })],
};
for (const [name, [code, token]] of Object.entries(BAD)) {
  t.test(`refuses: ${name}`, async (t) => {
    const error = await verify(token).then(
      () => null,
      (refusal: unknown) => refusal,
    );
    t.type(error, IdentityError);
    t.match(error, { code });
    t.notOk(String((error as Error).message).includes(token.slice(0, 40)));
  });
}

t.test('what the header alone shows never has the provider asked', async (t) => {
  const before = asked.length;
  for (const token of [
    header({ typ: 'dpop+jwt' }),
    header({ jku: 'x' }),
    header({ alg: 'none' }),
    hmacToken('x'),
    forge({ alg: 'RS256', typ: 'JWT' }),
  ]) {
    await t.rejects(verify(token), { code: 'token_invalid' });
  }
  t.equal(asked.length, before);
});

t.test("this service's own tokens go to this service's keys, and never to the provider", async (t) => {
  const before = asked.length;
  const { token } = await issueClinicianToken(keys, { clinician: clinicianId('n2'), issuer, ttlS: 60, now });
  t.match(await verify(token), { principal: { id: 'n2', role: null, scope: null } });
  const foreign = await issueClinicianToken(keys, {
    clinician: clinicianId('n2'),
    issuer: provider.issuer,
    ttlS: 60,
    now,
  });
  await t.rejects(
    verify(foreign.token),
    { code: 'token_invalid' },
    'with the iss of the provider they are its',
  );
  for (const text of ['', 'x', 'a.b.c', `${encode('{}')}.${encode('[]')}.x`]) {
    await t.rejects(verify(text), { code: text === '' ? 'token_missing' : 'token_invalid' });
  }
  t.equal(asked.length, before + 1, 'the one that says it is of the provider');
});

t.test('keys that can not verify are passed over, and a set without any is none', async (t) => {
  const usable = newProviderKey('ES256');
  const { privateKey } = newProviderKey('ES256');
  const odd = [
    { ...usable.jwk, kid: undefined },
    { ...usable.jwk, kid: 'for-encryption', use: 'enc' },
    { ...usable.jwk, kid: 'for-signing-only', key_ops: ['sign'] },
    { ...usable.jwk, kid: 'of-another-algorithm', alg: 'ES384' },
    { ...usable.jwk, kid: 'off-the-curve', x: rsa.kid },
    { kty: 'oct', kid: 'shared', k: 'AAAA' },
    { kty: 'RSA', kid: 'short', n: 'AQAB', e: 'AQAB' },
    null,
    'text',
  ];
  const found = openIdKeySet(
    { keys: [...odd, usable.jwk, { ...privateKey.export({ format: 'jwk' }), kid: 'leaked' }] },
    ALGORITHMS,
  );
  t.equal(found.size, 2);
  t.equal(found.find(usable.kid, 'ES256')?.type, 'public');
  t.equal(found.find('leaked', 'ES256')?.type, 'public', 'the private half is not taken in');
  t.notOk(found.find(usable.kid, 'RS256'));
  for (const kid of [
    'for-encryption',
    'for-signing-only',
    'of-another-algorithm',
    'off-the-curve',
    'shared',
    'short',
  ])
    for (const algorithm of ALGORITHMS) t.notOk(found.find(kid, algorithm), kid);
  for (const none of [
    { keys: odd },
    {},
    null,
    [],
    { keys: {} },
    { keys: Array.from({ length: 201 }, () => usable.jwk) },
  ]) {
    t.throws(() => openIdKeySet(none, ALGORITHMS), { code: 'provider_answer_invalid' });
  }
  t.throws(() => openIdKeySet({ keys: [usable.jwk] }, ['RS256']), { code: 'provider_answer_invalid' });
});
