import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  compact,
  encoded,
  es256,
  oneOf,
  type TokenClass,
  type TokenForge,
  withHeader,
} from './forged-token.ts';

const SPELLINGS = ['none', 'None', 'NONE', 'nOnE', 'none ', '', null, 0, false, ['none'], {}] as const;

function hmac(forge: TokenForge, algorithm: 'HS256' | 'HS384' | 'HS512') {
  const { random, header, claims, publicKey, jwks } = forge;
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const secrets: Readonly<Record<string, string | Buffer>> = {
    'the public key in PEM': publicKey.export({ format: 'pem', type: 'spki' }),
    'the public key in DER': publicKey.export({ format: 'der', type: 'spki' }),
    'the public JWK': JSON.stringify(publicKey.export({ format: 'jwk' })),
    'the key set': jwks,
    'the point': Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]),
    'the kid': String(header.kid),
    nothing: '',
  };
  const variant = random.pick(Object.keys(secrets));
  const hash = algorithm.replace('HS', 'sha');
  const signed = (input: string): Buffer =>
    createHmac(hash, secrets[variant] ?? '')
      .update(input)
      .digest();
  return { variant, token: compact({ ...header, alg: algorithm }, claims, signed) };
}

function signedBy(key: KeyObject, hash: string | null, ieee = false): (input: string) => Buffer {
  return (input) => sign(hash, Buffer.from(input), ieee ? { key, dsaEncoding: 'ieee-p1363' } : key);
}

const OTHER_CURVES: Readonly<Record<string, readonly [curve: string, hash: string]>> = {
  ES384: ['P-384', 'sha384'],
  ES512: ['P-521', 'sha512'],
  ES256K: ['secp256k1', 'sha256'],
};

/** Which key the token is signed with, and which one it names: keys and algorithms of the sender's choice. */
export const KEY_CLASSES: Readonly<Record<string, TokenClass>> = {
  alg_none: {
    forge({ random, header, claims, good }) {
      const alg = random.pick(SPELLINGS);
      const kept = random.below(2) === 1;
      const signature = (): string => (kept ? (good.split('.')[2] ?? '') : '');
      const variant = `${JSON.stringify(alg)}, signature ${kept ? 'kept' : 'empty'}`;
      return { variant, token: compact({ ...header, alg }, claims, signature) };
    },
  },
  alg_missing: {
    forge: (forge) => ({ variant: 'well signed', token: withHeader(forge, { alg: undefined }) }),
  },
  alg_spelt_otherwise: {
    forge(forge) {
      const alg = forge.random.pick([
        'es256',
        'ES-256',
        'ES256 ',
        ' ES256',
        'ECDSA',
        ['ES256'],
        'ES256,none',
      ]);
      return { variant: JSON.stringify(alg), token: withHeader(forge, { alg }) };
    },
  },
  hs256_with_public_key: { forge: (forge) => hmac(forge, 'HS256') },
  hs384_with_public_key: { forge: (forge) => hmac(forge, 'HS384') },
  hs512_with_public_key: { forge: (forge) => hmac(forge, 'HS512') },
  rsa: {
    forge({ random, header, claims, ownRsaKey }) {
      const alg = random.pick(['RS256', 'RS384', 'RS512', 'PS256']);
      const hash = `sha${alg.slice(2)}`;
      return { variant: alg, token: compact({ ...header, alg }, claims, signedBy(ownRsaKey, hash)) };
    },
  },
  other_curve: {
    forge({ random, header, claims }) {
      const alg = random.pick(Object.keys(OTHER_CURVES));
      const [namedCurve, hash] = OTHER_CURVES[alg] ?? ['P-384', 'sha384'];
      const { privateKey } = generateKeyPairSync('ec', { namedCurve });
      const claimed = random.pick([alg, 'ES256']);
      const token = compact({ ...header, alg: claimed }, claims, signedBy(privateKey, hash, true));
      return { variant: `${alg} said to be ${claimed}`, token };
    },
  },
  eddsa: {
    forge({ random, header, claims }) {
      const { privateKey } = generateKeyPairSync('ed25519');
      const alg = random.pick(['EdDSA', 'Ed25519', 'ES256']);
      return { variant: alg, token: compact({ ...header, alg }, claims, signedBy(privateKey, null)) };
    },
  },
  strangers_key: {
    forge: ({ header, claims, ownKey }) => ({
      variant: 'under our kid',
      token: compact(header, claims, es256(ownKey)),
    }),
  },
  other_hash: {
    forge({ random, header, claims, signingKey }) {
      const hash = random.pick(['sha1', 'sha224', 'sha384', 'sha512']);
      return { variant: hash, token: compact(header, claims, signedBy(signingKey, hash, true)) };
    },
  },
  kid_of_nothing: {
    forge(forge) {
      const kid = forge.random.pick([
        ...[
          '',
          ' ',
          'unknown',
          '../../../../dev/null',
          '/proc/sys/kernel/randomize_va_space',
          'token-key.json',
        ],
        ...[
          "' OR '1'='1",
          "x' UNION SELECT 'k",
          '__proto__',
          'constructor',
          'toString',
          '\0',
          '*',
          '..',
          '%00',
        ],
        ...[null, 0, true, [], {}, ['a']],
      ]);
      return { variant: JSON.stringify(kid), token: withHeader(forge, { kid }) };
    },
  },
  kid_missing: {
    forge: (forge) => ({ variant: 'well signed', token: withHeader(forge, { kid: undefined }) }),
  },
  kid_in_a_list: {
    forge: (forge) => ({ variant: 'ours', token: withHeader(forge, { kid: [forge.header.kid] }) }),
  },
  kid_spelt_otherwise: {
    forge(forge) {
      const kid = String(forge.header.kid);
      return oneOf(forge.random, {
        'a space behind': () => withHeader(forge, { kid: `${kid} ` }),
        padded: () => withHeader(forge, { kid: `${kid}=` }),
        'in capitals': () => withHeader(forge, { kid: `${kid.toUpperCase()}x` }),
        'cut short': () => withHeader(forge, { kid: kid.slice(0, -1) }),
      });
    },
  },
  key_in_header: {
    forge({ random, header, claims, ownKey }) {
      const { kty, crv, x, y } = ownKey.export({ format: 'jwk' });
      const jwk = { kty, crv, x, y };
      const url = 'https://localhost:1/keys';
      const ways: Readonly<Record<string, object>> = {
        jwk: { jwk },
        'jwk without kid': { jwk, kid: undefined },
        jku: { jku: url },
        'jku without kid': { jku: url, kid: 'own' },
        x5u: { x5u: url },
        x5c: { x5c: [encoded('certificate')] },
        x5t: { 'x5t#S256': encoded('thumbprint') },
      };
      const variant = random.pick(Object.keys(ways));
      return { variant, token: compact({ ...header, ...ways[variant] }, claims, es256(ownKey)) };
    },
  },
  key_in_header_though_well_signed: {
    forge(forge) {
      const own = forge.ownKey.export({ format: 'jwk' });
      const { kty, crv, x, y } = own;
      return oneOf(forge.random, {
        jwk: () => withHeader(forge, { jwk: { kty, crv, x, y } }),
        jku: () => withHeader(forge, { jku: 'https://localhost:1/keys' }),
        x5u: () => withHeader(forge, { x5u: 'https://localhost:1/chain' }),
        x5c: () => withHeader(forge, { x5c: [] }),
      });
    },
  },
  crit: {
    forge: (forge) =>
      oneOf(forge.random, {
        'an unknown one': () => withHeader(forge, { crit: ['vitalwire'], vitalwire: true }),
        'one that is not there': () => withHeader(forge, { crit: ['exp'] }),
        empty: () => withHeader(forge, { crit: [] }),
        'not a list': () => withHeader(forge, { crit: 'b64' }),
        'b64 true': () => withHeader(forge, { crit: ['b64'], b64: true }),
        'b64 false': () =>
          compact({ ...forge.header, crit: ['b64'], b64: false }, forge.claims, es256(forge.signingKey)),
      }),
  },
  header_asks_for_more: {
    forge: (forge) =>
      oneOf(forge.random, {
        zip: () => withHeader(forge, { zip: 'DEF' }),
        cty: () => withHeader(forge, { cty: 'JWT' }),
        enc: () => withHeader(forge, { enc: 'A128GCM' }),
        b64: () => withHeader(forge, { b64: false }),
        unknown: () => withHeader(forge, { role: 'admin' }),
      }),
  },
};
