import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import { createIssuingAuthority, createRootAuthority } from '../../src/pki/certificate-authority.ts';
import { decodeCertsOnly, encodeCertsOnly } from '../../src/pki/certs-only.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';

const now = Date.now();
const organization = 'Vitalwire';
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-certs-only-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = (name: string): string => join(directory, name);

const root = createRootAuthority({ organization, commonName: 'Root' }, now);
const authority = createIssuingAuthority(root, {
  subject: { organization, commonName: 'Device CA' },
  purpose: 'clientAuth',
  crlUrl: null,
  now,
});
const certificates = [authority.certificate, root.certificate];
const message = encodeCertsOnly(certificates);

t.test('certificates come back as they were and in their order', async (t) => {
  const fingerprints = decodeCertsOnly(message).map((certificate) => certificate.fingerprint256);
  t.same(
    fingerprints,
    certificates.map((certificate) => certificate.fingerprint256),
  );
  t.same(decodeCertsOnly(encodeCertsOnly([])), []);
});

t.test('openssl reads ours, and we read what openssl makes', async (t) => {
  writeFileSync(path('ours.p7'), message);
  const shown = await runTool('openssl', [
    ...['pkcs7', '-inform', 'DER', '-in', path('ours.p7'), '-print_certs', '-noout'],
  ]);
  t.equal(shown.code, 0, shown.stderr);
  t.match(shown.stdout, /CN ?= ?Device CA[\s\S]*CN ?= ?Root/);
  const cms = await runTool('openssl', [
    'cms',
    '-cmsout',
    '-inform',
    'DER',
    '-in',
    path('ours.p7'),
    '-noout',
  ]);
  t.equal(cms.code, 0, cms.stderr);

  writeFileSync(path('both.crt'), certificates.join(''));
  const made = await runTool('openssl', [
    ...['crl2pkcs7', '-nocrl', '-certfile', path('both.crt'), '-outform', 'DER', '-out', path('theirs.p7')],
  ]);
  t.equal(made.code, 0, made.stderr);
  const read = decodeCertsOnly(readFileSync(path('theirs.p7')));
  t.same(
    read.map((certificate) => certificate.fingerprint256),
    certificates.map((certificate) => certificate.fingerprint256),
  );
});

t.test('GnuTLS reads ours', { skip: skipWithout('certtool', 'gnutls-bin') }, async (t) => {
  writeFileSync(path('gnutls.p7'), message);
  const shown = await runTool('certtool', ['--p7-info', '--inder', '--infile', path('gnutls.p7')]);
  t.equal(shown.code, 0, shown.stderr);
  t.match(shown.stdout, /Number of certificates: 2/);
});

t.test('anything else is malformed, and nothing crashes', async (t) => {
  for (const bytes of [
    Buffer.alloc(0),
    root.certificate.raw,
    message.subarray(1),
    Buffer.alloc(70_000, 0x30),
  ]) {
    t.throws(() => decodeCertsOnly(bytes), { code: 'certs_only_malformed' });
  }
  const at = fc.nat({ max: message.length - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (at, to) => {
      const changed = Buffer.from(message);
      changed[at] = (changed[at] ?? 0) ^ to;
      try {
        decodeCertsOnly(changed);
        return true;
      } catch (error) {
        return error instanceof CodedError && error.code === 'certs_only_malformed';
      }
    }),
    { numRuns: 1000 },
  );
});
