import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import forge from 'node-forge';
import t from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import {
  createCertificateRequest,
  parseCertificateRequest,
  REQUEST_MAX_OCTETS,
  readCertificateRequest,
} from '../../src/pki/certificate-request.ts';
import {
  type Asn1,
  bitString,
  bmpString,
  encodeDer,
  integer,
  nullValue,
  objectIdentifier,
  parseDer,
  sequence,
  set,
  tagged,
} from '../../src/pki/der.ts';
import { encodeName } from '../../src/pki/distinguished-name.ts';
import { encodeExtension, subjectAltName } from '../../src/pki/extension.ts';
import { encodePem } from '../../src/pki/pem.ts';
import { runTool } from '../support/external-tool.ts';
import { KEY_ALGORITHMS, keyPairs } from './pki-keys.ts';

const organization = 'Vitalwire';
const keys = keyPairs();
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-request-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = (name: string): string => join(directory, name);

const EC = keys['ec-p256'];
const ecRequest = createCertificateRequest({ device: 'wrist-7', organization, keyPair: EC });

t.test('a request is read back with its key, subject and device', async (t) => {
  for (const algorithm of KEY_ALGORITHMS) {
    const keyPair = keys[algorithm];
    const request = parseCertificateRequest(
      createCertificateRequest({ device: 'wrist-7', organization, keyPair }),
    );
    t.ok(request.publicKey.equals(keyPair.publicKey), algorithm);
    t.same(request.deviceNames, ['wrist-7']);
    t.same(
      request.subject.map(({ value }) => value),
      [organization, 'wrist-7'],
    );
  }
});

t.test('openssl verifies our requests and shows the device', async (t) => {
  for (const algorithm of KEY_ALGORITHMS) {
    writeFileSync(
      path('ours.der'),
      createCertificateRequest({ device: 'wrist-7', organization, keyPair: keys[algorithm] }),
    );
    const shown = await runTool('openssl', [
      ...['req', '-inform', 'DER', '-in', path('ours.der'), '-verify', '-noout', '-text'],
    ]);
    t.equal(shown.code, 0, shown.stderr);
    t.match(shown.stderr + shown.stdout, /verify OK/i, algorithm);
    t.match(shown.stdout, /URI:urn:vitalwire:device:wrist-7/);
    t.match(shown.stdout, /Subject: O ?= ?Vitalwire, CN ?= ?wrist-7/);
  }
});

t.test('requests that openssl makes are read, as PEM, as base64 and with text above', async (t) => {
  const make = async (name: string, ...options: string[]): Promise<string> => {
    const made = await runTool('openssl', [
      ...['req', '-new', '-nodes', '-keyout', path('new.key'), '-out', path(name), ...options],
    ]);
    t.equal(made.code, 0, made.stderr);
    return readFileSync(path(name), 'utf8');
  };
  const san = ['-addext', 'subjectAltName=URI:urn:vitalwire:device:wrist-8,DNS:x.example'];
  const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=wrist-8'];
  for (const options of [
    [...p256, ...san],
    [...p256, ...san, '-sha384'],
    [...p256, ...san, '-sha512', '-newhdr'],
    [...p256, '-text'],
    ['-newkey', 'rsa:3072', '-subj', '/O=Elsewhere/CN=wrist-8', ...san],
  ]) {
    const pem = await make('theirs.pem', ...options);
    const label = options.join(' ');
    t.same(readCertificateRequest(pem).deviceNames, ['wrist-8'], label);
    const base64 = pem.slice(pem.indexOf('REQUEST-----') + 12, pem.indexOf('-----END'));
    t.same(readCertificateRequest(base64).deviceNames, ['wrist-8'], label);
    t.same(readCertificateRequest(base64.replace(/\s/g, '')).deviceNames, ['wrist-8'], label);
  }
  t.same(readCertificateRequest(await make('none.pem', ...p256, '-subj', '/O=Only')).deviceNames, []);
  const two = await make('two.pem', ...p256, '-addext', 'subjectAltName=URI:urn:vitalwire:device:other');
  t.same(readCertificateRequest(two).deviceNames, ['other', 'wrist-8'], 'every name that is asked for');

  for (const [options, code] of [
    [['-newkey', 'rsa:2048'], 'request_key_unsupported'],
    [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], 'request_key_unsupported'],
    [
      ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
      'request_key_unsupported',
    ],
    [['-newkey', 'ed25519'], 'request_key_unsupported'],
    [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-sha1'], 'request_not_signed_by_its_key'],
    [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-sha224'], 'request_not_signed_by_its_key'],
  ] as const) {
    const pem = await make('bad.pem', ...options, '-subj', '/CN=wrist-8');
    t.throws(() => readCertificateRequest(pem), { code }, options.join(' '));
  }
});

/** A request with whatever is asked for in it, signed by `signer`. */
function forged(options: {
  readonly subject?: Asn1;
  readonly spki?: Asn1;
  readonly attributes?: readonly Asn1[];
  readonly version?: number;
  readonly signer?: KeyObject;
  readonly algorithm?: Asn1;
  readonly hash?: string;
}): Buffer {
  const information = sequence(
    integer(options.version ?? 0),
    options.subject ?? encodeName({ organization, commonName: 'wrist-7' }),
    options.spki ?? parseDer(EC.publicKey.export({ format: 'der', type: 'spki' })),
    tagged(0, ...(options.attributes ?? [])),
  );
  const key = options.signer ?? EC.privateKey;
  const signature = sign(options.hash ?? 'sha256', encodeDer(information), { key, dsaEncoding: 'der' });
  const algorithm = options.algorithm ?? sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  return encodeDer(sequence(information, algorithm, bitString(signature)));
}

t.test('a request counts only when the key in it signed it, by an algorithm that is accepted', async (t) => {
  t.same(parseCertificateRequest(forged({})).deviceNames, ['wrist-7'], 'the control');
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const oid = (dotted: string, ...more: Asn1[]): Asn1 => sequence(objectIdentifier(dotted), ...more);
  for (const [name, options] of Object.entries({
    'another key': { signer: other.privateKey },
    'another hash than it says': { hash: 'sha384' },
    'SHA-1': { algorithm: oid('1.2.840.10045.4.1'), hash: 'sha1' },
    "another key type's algorithm": { algorithm: oid('1.2.840.113549.1.1.11', nullValue()) },
    'parameters that have no place there': { algorithm: oid('1.2.840.10045.4.3.2', nullValue()) },
  })) {
    t.throws(() => parseCertificateRequest(forged(options)), { code: 'request_not_signed_by_its_key' }, name);
  }
});

t.test('keys that are weak, or that readers could take for two, are refused', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 3072, publicExponent: 3 });
  const spki = (key: KeyObject): Asn1 => parseDer(key.export({ format: 'der', type: 'spki' }));
  const point = EC.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  const compressed = Buffer.concat([Buffer.from([2 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33)]);
  const p256 = sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7'));
  const sha256Rsa = sequence(objectIdentifier('1.2.840.113549.1.1.11'), nullValue());
  for (const [name, options, code] of [
    [
      'exponent 3',
      { spki: spki(rsa.publicKey), signer: rsa.privateKey, algorithm: sha256Rsa },
      'request_key_unsupported',
    ],
    ['compressed point', { spki: sequence(p256, bitString(compressed)) }, 'request_key_unsupported'],
    ['point off the curve', { spki: sequence(p256, bitString(Buffer.alloc(65, 4))) }, 'request_malformed'],
  ] as const) {
    t.throws(() => parseCertificateRequest(forged(options)), { code }, name);
  }
  t.ok(
    createPublicKey({ key: encodeDer(sequence(p256, bitString(compressed))), format: 'der', type: 'spki' }),
  );
});

t.test('what two readers could read as two names is malformed', async (t) => {
  const ask = (...values: Asn1[]): Asn1 =>
    sequence(objectIdentifier('1.2.840.113549.1.9.14'), set(...values));
  const san = (uri: string): Asn1 => encodeExtension(subjectAltName({ kind: 'uri', uri }));
  const one = san('urn:vitalwire:device:wrist-7');
  const two = san('urn:vitalwire:device:other');
  t.same(parseCertificateRequest(forged({ attributes: [ask(sequence(one))] })).deviceNames, ['wrist-7']);
  for (const [name, options] of Object.entries({
    'two attributes': { attributes: [ask(sequence(one)), ask(sequence(two))] },
    'two values': { attributes: [ask(sequence(one), sequence(two))] },
    'two extensions': { attributes: [ask(sequence(one, two))] },
    'no value': { attributes: [ask()] },
    'another version': { version: 1 },
  })) {
    t.throws(() => parseCertificateRequest(forged(options)), { code: 'request_malformed' }, name);
  }
});

t.test('names in every string type that is in use are read, and broken ones are malformed', async (t) => {
  const named = (value: Asn1): Buffer =>
    forged({ subject: sequence(set(sequence(objectIdentifier('2.5.4.3'), value))) });
  const string = (type: number, octets: string): Asn1 =>
    forge.asn1.create(forge.asn1.Class.UNIVERSAL, type, false, octets);
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
  for (const [value, name] of [
    [string(12, utf8('Wrist 7 \u00e9\u{1f600}')), 'Wrist 7 \u00e9\u{1f600}'],
    [string(12, utf8('\ufeffwrist-7')), '\ufeffwrist-7'],
    [string(19, 'wrist-7'), 'wrist-7'],
    [string(20, 'wrist-\u00e9'), 'wrist-\u00e9'],
    [string(22, 'wrist-7'), 'wrist-7'],
    [bmpString('Wrist 7 \u00e9\u{1f600}'), 'Wrist 7 \u00e9\u{1f600}'],
  ] as const) {
    t.same(parseCertificateRequest(named(value)).deviceNames, [name], `type ${value.type}`);
  }
  for (const value of [string(12, '\xff\xfe'), string(28, 'wris'), bmpString('\ud800'), sequence()]) {
    t.throws(
      () => parseCertificateRequest(named(value)),
      { code: 'request_malformed' },
      `type ${value.type}`,
    );
  }
});

t.test('text that is no request, and too much of it, is malformed', async (t) => {
  const pem = encodePem('CERTIFICATE REQUEST', ecRequest);
  t.same(readCertificateRequest(pem).deviceNames, ['wrist-7']);
  for (const text of [
    '',
    'hello',
    '====',
    'AAAA',
    pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'),
    pem.replace('-----END', '----END'),
    pem.replace('M', '*'),
    ecRequest.toString('base64url'),
    'A'.repeat(3 * REQUEST_MAX_OCTETS),
  ]) {
    t.throws(() => readCertificateRequest(text), { code: 'request_malformed' }, text.slice(0, 60));
  }
  const long = Buffer.alloc(REQUEST_MAX_OCTETS + 1, 0x30);
  t.throws(() => parseCertificateRequest(long), { code: 'request_malformed' });
  // 4,000 sequences, one in the other, each of a length of two octets.
  const nested = Buffer.alloc(16_000);
  for (let at = 0; at < nested.length; at += 4) {
    nested.writeUInt16BE(0x3082, at);
    nested.writeUInt16BE(nested.length - at - 4, at + 2);
  }
  t.throws(() => parseCertificateRequest(nested), { code: 'request_malformed' }, 'deep nesting');
  t.throws(() => parseCertificateRequest(Buffer.concat([ecRequest, Buffer.alloc(1)])), {
    code: 'request_malformed',
  });
});

const CODES = ['request_malformed', 'request_not_signed_by_its_key', 'request_key_unsupported'];

/** Whether the bytes are refused as they should be: no other error, and never accepted. */
function isRefused(der: Buffer): boolean {
  try {
    parseCertificateRequest(der);
    return false;
  } catch (error) {
    return error instanceof CodedError && CODES.includes(error.code);
  }
}

t.test('no request survives changed, cut, inserted or random bytes', async () => {
  const change = fc.record({
    at: fc.nat({ max: ecRequest.length - 1 }),
    to: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const der = Buffer.from(ecRequest);
      for (const { at, to } of changes) der[at] = (der[at] ?? 0) ^ to;
      return der.equals(ecRequest) || isRefused(der);
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.nat({ max: ecRequest.length - 1 }), fc.uint8Array({ maxLength: 8 }), (at, more) =>
      isRefused(
        more.length === 0
          ? ecRequest.subarray(0, at)
          : Buffer.concat([ecRequest.subarray(0, at), more, ecRequest.subarray(at)]),
      ),
    ),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => isRefused(Buffer.from(bytes))),
    { numRuns: 1000 },
  );
});
