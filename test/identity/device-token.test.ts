import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JWK } from 'jose';
import t from 'tap';
import { bearerTokenOf, signAccessToken, type TokenClaims } from '../../src/identity/access-token.ts';
import { issueClinicianToken, verifyClinicianToken } from '../../src/identity/clinician-token.ts';
import { issueDeviceToken, verifyDeviceToken } from '../../src/identity/device-token.ts';
import { IdentityError } from '../../src/identity/identity-error.ts';
import { tokenKeySchedule } from '../../src/identity/token-key-schedule.ts';
import { parseTokenKeySet } from '../../src/identity/token-key-set.ts';
import { createTokenKey } from '../../src/identity/token-keys.ts';
import { clinicianId, deviceId } from '../../src/model/ids.ts';

const now = Date.UTC(2026, 5, 1, 12);
const nowS = now / 1000;
const issuer = 'https://vitals.example.org';
const device = deviceId('d1');
const thumbprint = `${'A'.repeat(42)}E`;
const otherThumbprint = `${'B'.repeat(42)}E`;
const keyFile = await createTokenKey();
const schedule = tokenKeySchedule(await parseTokenKeySet(keyFile));
const keys = schedule.current(now);
const peer = { device, thumbprint, issuer, now };

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const goodHeader = { alg: 'ES256', typ: 'at+jwt', kid: keys.signing.kid };
const goodClaims = {
  iss: issuer,
  aud: 'vitalwire:device',
  sub: 'd1',
  iat: nowS,
  exp: nowS + 300,
  jti: 'j1',
  cnf: { 'x5t#S256': thumbprint },
};

/** A token of any shape with a signature that is genuine. */
function forge(
  header: unknown = goodHeader,
  claims: unknown = goodClaims,
  key: KeyObject = keys.signing.key,
): string {
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

const without = (name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(goodClaims).filter(([claim]) => claim !== name));
const verify = (token: string, at = now) => verifyDeviceToken(schedule, token, { ...peer, now: at });

t.test('an issued token verifies, and says what RFC 9068 and RFC 8705 want', async (t) => {
  const { token, expires } = await issueDeviceToken(schedule, { ...peer, ttlS: 300 });
  t.equal(expires, now + 300_000);
  t.same(await verify(token), { device, expires });
  t.same(decodeProtectedHeader(token), goodHeader);
  const { jti, ...claims } = decodeJwt(token);
  t.match(jti, /^[0-9a-f-]{36}$/);
  const { jti: _, ...expected } = goodClaims;
  t.same(claims, expected);
  t.ok(await compactVerify(token, createLocalJWKSet({ keys: [...keys.jwks.keys] })), 'by the published keys');
  t.notOk(JSON.stringify(keys.jwks).includes('"d"'), 'which are public only');
  t.same(await verify(forge()), { device, expires }, 'the control of the table below is accepted');
});

const spki = String(keys.verification.get(keys.signing.kid)?.export({ format: 'pem', type: 'spki' }));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const strangerJwk = stranger.publicKey.export({ format: 'jwk' }) as JWK;

function hmacToken(secret: string): string {
  const input = `${encode({ ...goodHeader, alg: 'HS256' })}.${encode(goodClaims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function rsaToken(): string {
  const input = `${encode({ ...goodHeader, alg: 'RS256' })}.${encode(goodClaims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), rsa.privateKey).toString('base64url')}`;
}

const good = forge();
const [goodHead = '', goodBody = '', goodSignature = ''] = good.split('.');

/** The last letter of a signature holds two bits of it and four that must be zero (RFC 4648 3.5). */
function otherTrailingBits(signature: string): string {
  return String.fromCharCode((signature.at(-1) ?? 'A').charCodeAt(0) + 1);
}

const ATTACKS: Readonly<Record<string, readonly [code: string, token: string]>> = {
  empty: ['token_missing', ''],
  'not a token': ['token_invalid', 'nonsense'],
  'two parts': ['token_invalid', `${goodHead}.${goodBody}`],
  'four parts': ['token_invalid', `${good}.x`],
  'five parts, a JWE': ['token_invalid', `${good}.x.y`],
  'a megabyte': ['token_invalid', 'A'.repeat(1_000_000)],
  'no signature': ['token_invalid', `${goodHead}.${goodBody}.`],
  'alg none, no signature': ['token_invalid', `${encode({ ...goodHeader, alg: 'none' })}.${goodBody}.`],
  'alg None, genuine signature': ['token_invalid', forge({ ...goodHeader, alg: 'None' })],
  'alg none, genuine signature': ['token_invalid', forge({ ...goodHeader, alg: 'none' })],
  'alg HS256 with the public key in PEM': ['token_invalid', hmacToken(spki)],
  'alg HS256 with the public key in PEM, trimmed': ['token_invalid', hmacToken(spki.trim())],
  'alg HS256 with the public JWK': ['token_invalid', hmacToken(JSON.stringify(keys.jwks.keys[0]))],
  'alg HS256 with an empty key': ['token_invalid', hmacToken('')],
  'alg RS256': ['token_invalid', rsaToken()],
  'alg ES384 named, ES256 signed': ['token_invalid', forge({ ...goodHeader, alg: 'ES384' })],
  'alg missing': ['token_invalid', forge({ typ: 'at+jwt', kid: goodHeader.kid })],
  "a stranger's key under our kid": ['token_invalid', forge(goodHeader, goodClaims, stranger.privateKey)],
  'kid unknown': ['token_invalid', forge({ ...goodHeader, kid: 'other' })],
  'kid missing': ['token_invalid', forge({ alg: 'ES256', typ: 'at+jwt' })],
  'kid a path': ['token_invalid', forge({ ...goodHeader, kid: '../../dev/null' })],
  'kid an object property': ['token_invalid', forge({ ...goodHeader, kid: '__proto__' })],
  'kid not text': ['token_invalid', forge({ ...goodHeader, kid: [goodHeader.kid] })],
  'typ JWT': ['token_invalid', forge({ ...goodHeader, typ: 'JWT' })],
  'typ missing': ['token_invalid', forge({ alg: 'ES256', kid: goodHeader.kid })],
  'jwk header with the key that signed': [
    'token_invalid',
    forge({ ...goodHeader, jwk: strangerJwk }, goodClaims, stranger.privateKey),
  ],
  'jwk header beside a genuine signature': ['token_invalid', forge({ ...goodHeader, jwk: strangerJwk })],
  'jku header': ['token_invalid', forge({ ...goodHeader, jku: 'https://evil.example/jwks.json' })],
  'x5u header': ['token_invalid', forge({ ...goodHeader, x5u: 'https://evil.example/cert.pem' })],
  'x5c header': ['token_invalid', forge({ ...goodHeader, x5c: ['AAAA'] })],
  'crit unknown': ['token_invalid', forge({ ...goodHeader, crit: ['exp'], exp: nowS + 1 })],
  'crit b64': ['token_invalid', forge({ ...goodHeader, crit: ['b64'], b64: true })],
  'crit empty': ['token_invalid', forge({ ...goodHeader, crit: [] })],
  'b64 false': ['token_invalid', forge({ ...goodHeader, b64: false })],
  'zip header': ['token_invalid', forge({ ...goodHeader, zip: 'DEF' })],
  'header not JSON': ['token_invalid', forge('{"alg":"ES256"')],
  'header an array': ['token_invalid', forge([goodHeader])],
  'claims not JSON': ['token_invalid', forge(goodHeader, 'nonsense')],
  'claims null': ['token_invalid', forge(goodHeader, 'null')],
  'claims an array': ['token_invalid', forge(goodHeader, [goodClaims])],
  'claims changed after signing': [
    'token_invalid',
    `${goodHead}.${encode({ ...goodClaims, exp: nowS + 9999 })}.${goodSignature}`,
  ],
  'signature of zeroes': ['token_invalid', `${goodHead}.${goodBody}.${encode(Buffer.alloc(64).toString())}`],
  'signature in DER': [
    'token_invalid',
    `${goodHead}.${goodBody}.${sign('sha256', Buffer.from(`${goodHead}.${goodBody}`), keys.signing.key).toString('base64url')}`,
  ],
  'signature with other trailing bits': [
    'token_invalid',
    `${goodHead}.${goodBody}.${goodSignature.slice(0, -1)}${otherTrailingBits(goodSignature)}`,
  ],
  'signature padded': ['token_invalid', `${goodHead}.${goodBody}.${goodSignature}==`],
  'signature with a space in it': [
    'token_invalid',
    `${goodHead}.${goodBody}.${goodSignature.slice(0, 9)} ${goodSignature.slice(9)}`,
  ],
  'a line end behind': ['token_invalid', `${goodHead}.${goodBody}.${goodSignature}\n`],
  'a part more': ['token_invalid', `${goodHead}.${goodBody}.${goodSignature}.`],
  'iss of another server': [
    'token_invalid',
    forge(goodHeader, { ...goodClaims, iss: 'https://evil.example' }),
  ],
  'iss with a slash more': ['token_invalid', forge(goodHeader, { ...goodClaims, iss: `${issuer}/` })],
  'iss missing': ['token_invalid', forge(goodHeader, without('iss'))],
  'aud of clinicians': ['token_invalid', forge(goodHeader, { ...goodClaims, aud: 'vitalwire:clinician' })],
  'aud missing': ['token_invalid', forge(goodHeader, without('aud'))],
  'aud a list with ours': [
    'token_invalid',
    forge(goodHeader, { ...goodClaims, aud: ['vitalwire:device', 'vitalwire:clinician'] }),
  ],
  'exp missing': ['token_invalid', forge(goodHeader, without('exp'))],
  'exp as text': ['token_invalid', forge(goodHeader, { ...goodClaims, exp: '99999999999' })],
  'exp without end': ['token_invalid', forge(goodHeader, { ...goodClaims, exp: 1e308 })],
  'exp beyond what a clock can show': ['token_invalid', forge(goodHeader, { ...goodClaims, exp: 1e15 })],
  'exp null': ['token_invalid', forge(goodHeader, { ...goodClaims, exp: null })],
  'exp now': ['token_expired', forge(goodHeader, { ...goodClaims, exp: nowS })],
  'exp a second ago, within the tolerance of other claims': [
    'token_expired',
    forge(goodHeader, { ...goodClaims, exp: nowS - 1 }),
  ],
  'exp long ago': ['token_expired', forge(goodHeader, { ...goodClaims, exp: nowS - 86_400 })],
  'exp zero': ['token_expired', forge(goodHeader, { ...goodClaims, exp: 0 })],
  'iat missing': ['token_invalid', forge(goodHeader, without('iat'))],
  'iat 61 s ahead': ['token_invalid', forge(goodHeader, { ...goodClaims, iat: nowS + 61 })],
  'iat as text': ['token_invalid', forge(goodHeader, { ...goodClaims, iat: String(nowS) })],
  'nbf 61 s ahead': ['token_invalid', forge(goodHeader, { ...goodClaims, nbf: nowS + 61 })],
  'nbf as text': ['token_invalid', forge(goodHeader, { ...goodClaims, nbf: 'soon' })],
  'jti missing': ['token_invalid', forge(goodHeader, without('jti'))],
  'sub missing': ['token_invalid', forge(goodHeader, without('sub'))],
  'sub empty': ['token_invalid', forge(goodHeader, { ...goodClaims, sub: '' })],
  'sub of another device': ['token_not_bound', forge(goodHeader, { ...goodClaims, sub: 'd2' })],
  'sub in other case': ['token_not_bound', forge(goodHeader, { ...goodClaims, sub: 'D1' })],
  'sub a list': ['token_invalid', forge(goodHeader, { ...goodClaims, sub: ['d1'] })],
  'cnf missing': ['token_not_bound', forge(goodHeader, without('cnf'))],
  'cnf null': ['token_not_bound', forge(goodHeader, { ...goodClaims, cnf: null })],
  'cnf empty': ['token_not_bound', forge(goodHeader, { ...goodClaims, cnf: {} })],
  'cnf text': ['token_not_bound', forge(goodHeader, { ...goodClaims, cnf: thumbprint })],
  'cnf of a key, not a certificate': [
    'token_not_bound',
    forge(goodHeader, { ...goodClaims, cnf: { jkt: thumbprint } }),
  ],
  "another certificate's thumbprint": [
    'token_not_bound',
    forge(goodHeader, { ...goodClaims, cnf: { 'x5t#S256': otherThumbprint } }),
  ],
  'thumbprint padded': [
    'token_not_bound',
    forge(goodHeader, { ...goodClaims, cnf: { 'x5t#S256': `${thumbprint}=` } }),
  ],
  'thumbprint in hexadecimal': [
    'token_not_bound',
    forge(goodHeader, {
      ...goodClaims,
      cnf: { 'x5t#S256': Buffer.from(thumbprint, 'base64url').toString('hex') },
    }),
  ],
  'thumbprint with other trailing bits': [
    'token_not_bound',
    forge(goodHeader, { ...goodClaims, cnf: { 'x5t#S256': `${'A'.repeat(42)}F` } }),
  ],
  'thumbprint in a list': [
    'token_not_bound',
    forge(goodHeader, { ...goodClaims, cnf: { 'x5t#S256': [thumbprint] } }),
  ],
};

for (const [name, [code, token]] of Object.entries(ATTACKS)) {
  t.test(`refuses: ${name}`, async (t) => {
    const error = await verify(token).then(
      () => null,
      (refusal: unknown) => refusal,
    );
    t.type(error, IdentityError);
    t.match(error, { code });
    if (token.length > 10) t.notOk(String((error as Error).message).includes(token.slice(0, 40)));
  });
}

t.test('a minute of clock difference is tolerated for iat and nbf', async (t) => {
  t.ok(await verify(forge(goodHeader, { ...goodClaims, iat: nowS + 60, nbf: nowS + 60 })));
});

t.test('a token holds to its last millisecond and not at its end', async (t) => {
  const { token, expires } = await issueDeviceToken(schedule, { ...peer, ttlS: 300 });
  t.ok(await verify(token, expires - 1));
  await t.rejects(verify(token, expires), { code: 'token_expired' });
});

t.test("tokens of devices and of clinicians do not pass as each other's", async (t) => {
  const clinician = clinicianId('nurse-1');
  const forDevice = await issueDeviceToken(schedule, { ...peer, ttlS: 300 });
  const forClinician = await issueClinicianToken(schedule, { clinician, issuer, ttlS: 300, now });
  t.same(await verifyClinicianToken(schedule, forClinician.token, { issuer, now }), {
    clinician,
    expires: now + 300_000,
  });
  await t.rejects(verifyClinicianToken(schedule, forDevice.token, { issuer, now }), {
    code: 'token_invalid',
  });
  await t.rejects(verify(forClinician.token), { code: 'token_invalid' });
  t.notOk('cnf' in decodeJwt(forClinician.token));
  t.notOk('role' in decodeJwt(forClinician.token), 'what they may do is not in it');
});

t.test('a clinician token whose subject is no id is refused', async (t) => {
  const claims: TokenClaims = { issuer, audience: 'vitalwire:clinician', subject: '../x', ttlS: 9, now };
  const { token } = await signAccessToken(schedule, claims);
  await t.rejects(verifyClinicianToken(schedule, token, { issuer, now }), { code: 'token_invalid' });
});

t.test('the bearer token is taken from its header alone', async (t) => {
  t.equal(bearerTokenOf('Bearer abc.def.ghi'), 'abc.def.ghi');
  t.equal(bearerTokenOf('bearer  abc'), 'abc', 'the scheme is case-insensitive (RFC 9110 11.1)');
  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'abc', 'Bearer a b', 'Bearer a,b']) {
    t.throws(() => bearerTokenOf(header), { code: 'token_missing' }, String(header));
  }
});
