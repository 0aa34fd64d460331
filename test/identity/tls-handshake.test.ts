import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import t from 'tap';
import { loadDeviceTrust } from '../../src/identity/authorities.ts';
import { loadAuthority, loadServerCredentials } from '../../src/identity/certificate-directory.ts';
import { identifyDevice } from '../../src/identity/device-identity.ts';
import { chainPem, issueCertificate } from '../../src/pki/certificate.ts';
import type { CertificateAuthority } from '../../src/pki/certificate-authority.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../src/pki/extension.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { type CertificateFixture, certificateFixture } from '../support/certificate-fixture.ts';

const now = Date.now();
const DAY_MS = 86_400_000;

interface Credentials {
  readonly key: string;
  readonly cert: string;
}

/** Connects with `client` and says whom the server saw, or why it refused. */
async function handshake(
  fixture: CertificateFixture,
  client: Credentials | undefined,
  version: SecureVersion,
): Promise<string> {
  const server = createServer({
    ...(await loadServerCredentials(fixture.directory)),
    ca: await loadDeviceTrust(fixture.directory),
    requestCert: true,
    rejectUnauthorized: true,
  });
  const outcome = new Promise<string>((resolve) => {
    server.on('secureConnection', (socket) => {
      // The application's verdict is that of the certificate itself.
      try {
        resolve(identifyDevice(fixture.registry, socket.getPeerCertificate(), Date.now()).device.id);
      } catch (error) {
        resolve(`identified: ${(error as { code: string }).code}`);
      }
      socket.destroy();
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) =>
      resolve(`refused: ${socket.authorizationError ?? error.code}`),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect({
    ...client,
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: readFileSync(join(fixture.directory, 'root-ca.crt')),
    minVersion: version,
    maxVersion: version,
  });
  socket.on('error', () => {});
  const said = await outcome;
  socket.destroy();
  server.close();
  return said;
}

function leafOf(authority: CertificateAuthority, purpose: 'clientAuth' | 'serverAuth', until = now + DAY_MS) {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = issueCertificate(
    {
      subject: { organization: 'Test', commonName: 'd1' },
      publicKey,
      notBefore: until - 10 * DAY_MS,
      notAfter: until,
      extensions: [
        basicConstraints(null),
        keyUsage('digitalSignature'),
        extendedKeyUsage(purpose),
        subjectAltName({ kind: 'uri', uri: 'urn:vitalwire:device:d1' }),
      ],
    },
    authority,
  );
  return { key: privateKeyToPem(privateKey), cert: chainPem(certificate, authority.certificate) };
}

async function withFixture(run: (fixture: CertificateFixture) => Promise<void>): Promise<void> {
  await using fixture = await certificateFixture();
  await run(fixture);
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(`${version}: an enrolled device is let in and the server's own certificate holds`, (t) =>
    withFixture(async (fixture) => {
      const { files } = await fixture.enrol('d1');
      const key = readFileSync(files.key, 'utf8');
      const cert = readFileSync(files.certificate, 'utf8');
      t.equal(await handshake(fixture, { key, cert }, version), 'd1');
      const leafOnly = `${cert.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`;
      t.equal(await handshake(fixture, { key, cert: leafOnly }, version), 'd1', 'without its chain');
    }),
  );

  t.test(`${version}: only what the device authority issued for clients passes the handshake`, (t) =>
    withFixture(async (fixture) => {
      await fixture.enrol('d1');
      await using stranger = await certificateFixture();
      const device = await loadAuthority(fixture.directory, 'device');
      const server = await loadAuthority(fixture.directory, 'server');
      const foreign = await stranger.enrol('d1');
      const cases: Readonly<Record<string, Credentials | undefined>> = {
        'no certificate': undefined,
        'same device, other installation': {
          key: readFileSync(foreign.files.key, 'utf8'),
          cert: readFileSync(foreign.files.certificate, 'utf8'),
        },
        'client certificate of the server authority': leafOf(server, 'clientAuth'),
        'server certificate of the device authority': leafOf(device, 'serverAuth'),
        "the server's own certificate": await loadServerCredentials(fixture.directory),
        'expired certificate of the device authority': leafOf(device, 'clientAuth', now - 1000),
        'certificate that begins tomorrow': leafOf(device, 'clientAuth', now + 11 * DAY_MS),
      };
      for (const [name, credentials] of Object.entries(cases)) {
        t.match(await handshake(fixture, credentials, version), /^refused: /, name);
      }
    }),
  );

  t.test(`${version}: a certificate that was never registered is not identified, whoever issued it`, (t) =>
    withFixture(async (fixture) => {
      await fixture.enrol('d1');
      for (const name of ['device', 'root'] as const) {
        const twin = leafOf(await loadAuthority(fixture.directory, name), 'clientAuth');
        t.equal(await handshake(fixture, twin, version), 'identified: certificate_unknown', name);
      }
    }),
  );
}
