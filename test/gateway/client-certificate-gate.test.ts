import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { ClientCertificateGate } from '../../src/gateway/client-certificate-gate.ts';
import { loadDeviceTrust } from '../../src/identity/authorities.ts';
import {
  authorityPaths,
  loadAuthority,
  loadServerCredentials,
} from '../../src/identity/certificate-directory.ts';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { chainPem, issueCertificate, selfSign } from '../../src/pki/certificate.ts';
import type { CertificateAuthority } from '../../src/pki/certificate-authority.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../src/pki/extension.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';

const DAY_MS = 86_400_000;
const fixture = await certificateFixture();
t.teardown(() => fixture[Symbol.asyncDispose]());
const ca = readFileSync(authorityPaths(fixture.directory, 'root').certificate);
const device = await loadAuthority(fixture.directory, 'device');

interface Credentials {
  readonly key: string;
  readonly cert: string;
}

function leafOf(
  authority: CertificateAuthority | null,
  purpose: 'clientAuth' | 'serverAuth',
  days: readonly [from: number, to: number],
): Credentials & { readonly thumbprint: string } {
  const { privateKey, publicKey } = generateKeyPair();
  const template = {
    subject: { organization: 'Test', commonName: 'd1' },
    publicKey,
    notBefore: Date.now() + days[0] * DAY_MS,
    notAfter: Date.now() + days[1] * DAY_MS,
    extensions: [
      basicConstraints(null),
      keyUsage('digitalSignature'),
      extendedKeyUsage(purpose),
      subjectAltName({ kind: 'uri', uri: 'urn:vitalwire:device:d1' }),
    ],
  };
  const certificate = authority ? issueCertificate(template, authority) : selfSign(template, privateKey);
  return {
    key: privateKeyToPem(privateKey),
    cert: authority ? chainPem(certificate, authority.certificate) : chainPem(certificate),
    thumbprint: thumbprintOf(certificate.raw),
  };
}

const good = leafOf(device, 'clientAuth', [-1, 1]);
const expired = leafOf(device, 'clientAuth', [-3, -1]);

/** A server as the device listener is one, that tells what the gate says and lets everybody go on to say a word. */
async function gated(t: Test, lateRenewalAllowed: (thumbprint: string) => boolean = () => false) {
  const server = createServer({
    ...(await loadServerCredentials(fixture.directory)),
    ca: await loadDeviceTrust(fixture.directory),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const gate = new ClientCertificateGate(lateRenewalAllowed);
  return async (client: Credentials | null, version: SecureVersion, session?: Buffer) => {
    const arrived = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    const socket = connect({
      ...client,
      ca,
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      minVersion: version,
      maxVersion: version,
      ...(session ? { session } : {}),
    });
    let ticket: Buffer | undefined;
    socket.on('session', (one: Buffer) => {
      ticket = one;
    });
    const [seen] = await arrived;
    const said = {
      refusal: gate.refusalOf(seen),
      late: gate.isLate(seen),
      resumed: seen.isSessionReused(),
    };
    seen.on('error', () => undefined);
    seen.end('x');
    await once(socket, 'data');
    socket.destroy();
    return { ...said, session: ticket ?? socket.getSession() };
  };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(
    `${version}: whoever rejectUnauthorized would reject is refused, also on a resumed session`,
    async (t) => {
      const talk = await gated(t);
      await using stranger = await certificateFixture();
      const server = await loadAuthority(fixture.directory, 'server');
      const foreign = await loadAuthority(stranger.directory, 'device');
      const cases: Readonly<Record<string, Credentials | null>> = {
        'no certificate': null,
        'of another installation': leafOf(foreign, 'clientAuth', [-1, 1]),
        'of the server authority': leafOf(server, 'clientAuth', [-1, 1]),
        'for a server': leafOf(device, 'serverAuth', [-1, 1]),
        "the server's own": await loadServerCredentials(fixture.directory),
        'self-signed': leafOf(null, 'clientAuth', [-1, 1]),
        expired,
        'not yet valid': leafOf(device, 'clientAuth', [1, 2]),
      };
      for (const [name, client] of Object.entries(cases)) {
        const first = await talk(client, version);
        t.equal(typeof first.refusal, 'string', `${name}: ${first.refusal}`);
        const again = await talk(client, version, first.session);
        t.ok(again.resumed, `${name}: resumed`);
        t.equal(again.refusal, first.refusal, `${name}: refused for the same`);
      }
      const first = await talk(good, version);
      t.match(first, { refusal: null, late: false });
      t.match(await talk(good, version, first.session), { refusal: null, late: false, resumed: true });
    },
  );

  t.test(
    `${version}: an expired certificate goes on, marked, where late renewal is allowed for exactly it`,
    async (t) => {
      const asked: string[] = [];
      let allowed = true;
      const talk = await gated(t, (thumbprint) => {
        asked.push(thumbprint);
        return allowed && thumbprint === expired.thumbprint;
      });
      const first = await talk(expired, version);
      t.match(first, { refusal: null, late: true });
      t.match(await talk(expired, version, first.session), { refusal: null, late: true, resumed: true });
      t.match(await talk(leafOf(device, 'clientAuth', [-3, -1]), version), {
        refusal: 'CERT_HAS_EXPIRED',
        late: false,
      });
      t.equal(asked.length, 3, 'asked of expired certificates');
      t.match(await talk(good, version), { refusal: null, late: false });
      await talk(leafOf(device, 'serverAuth', [-1, 1]), version);
      t.equal(asked.length, 3, 'and of no others');
      allowed = false;
      t.match(
        await talk(expired, version, first.session),
        { refusal: 'CERT_HAS_EXPIRED', resumed: true },
        'allowed no more',
      );
    },
  );
}
