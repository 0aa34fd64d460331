import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import { authorityKeyOf, chainPem } from '../../src/pki/certificate.ts';
import { type CertificateAuthority, createRootAuthority } from '../../src/pki/certificate-authority.ts';
import {
  type Asn1,
  boolean,
  encodeDer,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  parseDer,
  sequence,
} from '../../src/pki/der.ts';
import { readMembers } from '../../src/pki/der-reader.ts';
import { encodePem } from '../../src/pki/pem.ts';
import {
  issueRevocationList,
  parseRevocationList,
  type RevocationEntry,
  type RevocationListContent,
  verifyRevocationList,
} from '../../src/pki/revocation-list.ts';
import { type ListedReason, REVOCATION_REASONS } from '../../src/pki/revocation-reason.ts';
import { signed } from '../../src/pki/signature.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';
import { KEY_ALGORITHMS } from './pki-keys.ts';

const organization = 'Vitalwire';
const now = Math.floor(Date.now() / 1000) * 1000;
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-crl-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = (name: string): string => join(directory, name);

const authorities: readonly CertificateAuthority[] = KEY_ALGORITHMS.map((algorithm) =>
  createRootAuthority({ organization, commonName: `CA ${algorithm}` }, now, algorithm),
);
const [ca] = authorities as [CertificateAuthority];

const listed = (Object.keys(REVOCATION_REASONS) as ListedReason[]).filter(
  (reason: string) => reason !== 'removeFromCRL',
);
const entries: readonly RevocationEntry[] = [
  ...listed.map((reason, i) => ({ serial: `4${i}ABCDEF0123456789`, at: now - i * 60_000, reason })),
  { serial: 'FF'.repeat(16), at: now, reason: 'superseded' },
  { serial: '01', at: Date.UTC(2051, 1, 3), reason: 'unspecified' },
];
const content: RevocationListContent = { number: 41n, thisUpdate: now, nextUpdate: now + 3_600_000, entries };

t.test('what goes into a list comes out of it, for either kind of key', async (t) => {
  for (const authority of authorities) {
    const der = issueRevocationList(authority, content);
    const expected = { ...content, authority: authorityKeyOf(authority.certificate) };
    t.same(parseRevocationList(der), expected);
    t.same(verifyRevocationList(der, authority.certificate), expected);
  }
  const none = parseRevocationList(
    issueRevocationList(ca, { ...content, number: 2n ** 159n - 1n, entries: [] }),
  );
  t.same(none.entries, []);
  t.equal(none.number, 2n ** 159n - 1n);
});

t.test('openssl verifies the list and shows number, issuer key and reasons', async (t) => {
  for (const authority of authorities) {
    writeFileSync(path('ca.crt'), chainPem(authority.certificate));
    writeFileSync(path('list.crl'), issueRevocationList(authority, content));
    const shown = await runTool('openssl', [
      ...['crl', '-inform', 'DER', '-in', path('list.crl'), '-CAfile', path('ca.crt')],
      ...['-verify', '-noout', '-text'],
    ]);
    t.equal(shown.code, 0, shown.stderr);
    t.match(shown.stderr + shown.stdout, /verify OK/);
    t.match(shown.stdout, /Version 2/);
    t.match(shown.stdout, /X509v3 CRL Number: \s*41\n/);
    t.match(shown.stdout, /X509v3 Authority Key Identifier: \s*\S/);
    t.match(shown.stdout, /Serial Number: FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\n/);
    t.match(shown.stdout, /Key Compromise[\s\S]*CA Compromise[\s\S]*Affiliation Changed[\s\S]*Superseded/);
    t.match(shown.stdout, /Cessation Of Operation[\s\S]*Certificate Hold[\s\S]*Privilege Withdrawn/);
    t.notMatch(shown.stdout, /Unspecified/, 'no extension where nothing is specified');
  }
  writeFileSync(path('none.crl'), issueRevocationList(ca, { ...content, entries: [] }));
  const none = await runTool('openssl', [
    'crl',
    '-inform',
    'DER',
    '-in',
    path('none.crl'),
    '-noout',
    '-text',
  ]);
  t.match(none.stdout, /No Revoked Certificates/);
});

t.test('GnuTLS reads the list', { skip: skipWithout('certtool', 'gnutls-bin') }, async (t) => {
  for (const authority of authorities) {
    writeFileSync(path('gnutls.crl'), encodePem('X509 CRL', issueRevocationList(authority, content)));
    writeFileSync(path('gnutls-ca.crt'), chainPem(authority.certificate));
    const shown = await runTool('certtool', ['--crl-info', '--infile', path('gnutls.crl')]);
    t.equal(shown.code, 0, shown.stderr);
    t.match(shown.stdout, new RegExp(`Revoked certificates \\(${entries.length}\\)`));
    t.match(shown.stdout, /CRL Number[\s\S]*29/);
    const verified = await runTool('certtool', [
      ...['--verify-crl', '--load-ca-certificate', path('gnutls-ca.crt'), '--infile', path('gnutls.crl')],
    ]);
    t.equal(verified.code, 0, verified.stderr);
  }
});

t.test('lists that openssl makes are read', async (t) => {
  writeFileSync(path('sign.crt'), chainPem(ca.certificate));
  writeFileSync(path('sign.key'), ca.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(path('index.txt'), 'R\t350101000000Z\t260101120000Z,keyCompromise\t0ABC\tunknown\t/CN=x\n');
  writeFileSync(path('crlnumber'), '1F\n');
  writeFileSync(
    path('ca.conf'),
    [
      ...['[ca]', 'default_ca=d', '[d]', `database=${path('index.txt')}`, `crlnumber=${path('crlnumber')}`],
      ...['default_md=sha256', 'default_crl_days=1', 'crl_extensions=e'],
      ...['[e]', 'authorityKeyIdentifier=keyid:always', ''],
    ].join('\n'),
  );
  const made = await runTool('openssl', [
    ...['ca', '-gencrl', '-config', path('ca.conf'), '-cert', path('sign.crt')],
    ...['-keyfile', path('sign.key'), '-out', path('theirs.crl')],
  ]);
  t.equal(made.code, 0, made.stderr);
  const pem = readFileSync(path('theirs.crl'), 'utf8');
  const der = Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64');
  const list = verifyRevocationList(der, ca.certificate);
  t.equal(list.number, 31n);
  t.same(list.entries, [{ serial: '0ABC', at: Date.UTC(2026, 0, 1, 12), reason: 'keyCompromise' }]);
});

t.test("a list counts for its own authority only, and a namesake's is refused", async (t) => {
  const der = issueRevocationList(ca, content);
  const namesake = createRootAuthority({ organization, commonName: 'CA ec-p256' }, now);
  const claimsToBe = { certificate: ca.certificate, privateKey: namesake.privateKey };
  const changed = Buffer.from(der);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  for (const [name, list] of [
    ['of another', issueRevocationList(authorities[1]!, content)],
    ['of a namesake', issueRevocationList(namesake, content)],
    ['with the key identifier of the right one', issueRevocationList(claimsToBe, content)],
    ['with another signature', changed],
  ] as const) {
    t.throws(
      () => verifyRevocationList(list, ca.certificate),
      { code: 'revocation_list_not_of_issuer' },
      name,
    );
  }
  t.ok(verifyRevocationList(der, ca.certificate), 'the control');
});

t.test('what a list cannot say is refused before it is signed', async (t) => {
  const one = (entry: Partial<RevocationEntry>): Partial<RevocationListContent> => ({
    entries: [{ serial: '0A', at: now, reason: 'superseded', ...entry }],
  });
  for (const [name, wrong] of Object.entries({
    'a serial that is not hex': one({ serial: '0x0A' }),
    'no serial': one({ serial: '' }),
    'a serial of 21 octets': one({ serial: '7F'.repeat(21) }),
    'no time': one({ at: Number.NaN }),
    'a serial twice': { entries: ['0A', '0a'].map((serial) => ({ serial, at: now, reason: 'superseded' })) },
    'a negative number': { number: -1n },
    'a number of 21 octets': { number: 2n ** 159n },
    'an end before its beginning': { nextUpdate: now - 1 },
  } satisfies Record<string, Partial<RevocationListContent>>)) {
    t.throws(
      () => issueRevocationList(ca, { ...content, ...wrong }),
      { code: 'revocation_list_invalid' },
      name,
    );
  }
});

t.test('a critical extension or another version is malformed: it changes what the list says', async (t) => {
  const der = issueRevocationList(ca, { ...content, entries: [] });
  const fields = readMembers(readMembers(parseDer(der), 'sequence')[0], 'sequence');
  const extensions = readMembers(fields[5]?.value[0] as Asn1, 'sequence');
  const extension = sequence(
    objectIdentifier('2.5.29.27'),
    boolean(true),
    octetString(encodeDer(integer(1))),
  );
  const again = (...changed: Asn1[]): Buffer => signed(sequence(...changed), ca.privateKey);
  t.ok(verifyRevocationList(again(...fields), ca.certificate), 'the control');
  const delta = { ...fields[5]!, value: [sequence(...extensions, extension)] };
  const twice = { ...fields[5]!, value: [sequence(...extensions, extensions[0]!)] };
  const unnumbered = { ...fields[5]!, value: [sequence(extensions[0]!)] };
  for (const [name, list] of Object.entries({
    delta: again(...fields.slice(0, 5), delta),
    twice: again(...fields.slice(0, 5), twice),
    unnumbered: again(...fields.slice(0, 5), unnumbered),
    'version 1': again(...fields.slice(1)),
    'another algorithm than it is signed by': again(
      fields[0]!,
      sequence(objectIdentifier('1.2.840.113549.1.1.11'), nullValue()),
      ...fields.slice(2),
    ),
    'a certificate': ca.certificate.raw,
    nothing: Buffer.alloc(0),
  })) {
    t.throws(() => parseRevocationList(list), { code: 'revocation_list_malformed' }, name);
  }
});

t.test('no list survives changed or cut bytes, and nothing crashes', async () => {
  const der = issueRevocationList(ca, content);
  const at = fc.nat({ max: der.length - 1 });
  const isRefused = (list: Buffer): boolean => {
    try {
      verifyRevocationList(list, ca.certificate);
      return false;
    } catch (error) {
      return error instanceof CodedError && error.code.startsWith('revocation_list_');
    }
  };
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (at, to) => {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ to;
      return isRefused(changed);
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(at, (end) => isRefused(der.subarray(0, end))));
});

t.test('entries, number and times of any list come back', async () => {
  const second = fc.integer({ min: Date.UTC(1970, 0) / 1000, max: Date.UTC(2199, 0) / 1000 });
  const entry = fc.record(
    {
      serial: fc
        .bigInt({ min: 1n, max: 2n ** 159n - 1n })
        .map((value) => value.toString(16).toUpperCase())
        .map((hex) => (hex.length % 2 === 0 ? hex : `0${hex}`)),
      at: second.map((value) => value * 1000),
      reason: fc.constantFrom(...listed),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: ({ serial }) => serial, maxLength: 10 }),
      fc.bigInt({ min: 0n, max: 2n ** 159n - 1n }),
      second,
      (entries, number, from) => {
        const content = { number, thisUpdate: from * 1000, nextUpdate: from * 1000 + 1000, entries };
        const list = verifyRevocationList(issueRevocationList(ca, content), ca.certificate);
        assert.deepEqual(list, { ...content, authority: authorityKeyOf(ca.certificate) });
      },
    ),
    { numRuns: 200 },
  );
});

t.test('ten thousand entries take well under a second', async (t) => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({
    serial: `4${randomBytes(16).toString('hex').slice(1).toUpperCase()}`,
    at: now - i * 1000,
    reason: listed[i % listed.length]!,
  }));
  const start = performance.now();
  const der = issueRevocationList(ca, { ...content, entries: many });
  const issued = performance.now();
  t.same(verifyRevocationList(der, ca.certificate).entries.length, many.length);
  const verified = performance.now();
  t.comment(
    `${der.length} octets: issued in ${Math.round(issued - start)} ms, verified in ${Math.round(verified - issued)} ms`,
  );
  // Some 100 ms each; the bound leaves room for a busy machine and none for a quadratic step.
  t.ok(verified - start < 5_000, `took ${Math.round(verified - start)} ms`);
});
