import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import t from 'tap';
import { keyIdOf } from '../../src/identity/authorities.ts';
import { rotateAuthority } from '../../src/identity/authority-rotation.ts';
import { authorityPaths, loadAuthority, serverPaths } from '../../src/identity/certificate-directory.ts';
import { issueServerCredentials } from '../../src/identity/server-credentials.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { issueRevocationList } from '../../src/pki/revocation-list.ts';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import { ask, openStream, tokenOf } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const good = await goodDevice(server);
const certs = join(server.directory, 'certs');
const ca = readFileSync(authorityPaths(certs, 'root').certificate);
const names = ['localhost', '127.0.0.1'];
const logged = (event: string): { name?: string; code?: string }[] =>
  server.log.map((line) => JSON.parse(line)).filter((line) => line.event === event);
const feed = server.feed(await server.token('nurse-1'));
await feed.subscribe();
const lost: unknown[] = [];
feed.on('closed', (end) => lost.push(end));

/** A finished TLS connection to a listener, with the ticket it was given. */
async function handshake(url: string, more: object = {}) {
  const { port } = new URL(url);
  const socket: TLSSocket = connect({
    ca,
    host: '127.0.0.1',
    port: Number(port),
    servername: 'localhost',
    ...more,
  });
  let session: Buffer | undefined;
  socket.on('session', (ticket: Buffer) => {
    session = ticket;
  });
  socket.write('GET /.well-known/jwks.json HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(socket, 'data');
  const seen = {
    serial: socket.getPeerX509Certificate()?.serialNumber,
    reused: socket.isSessionReused(),
    session,
  };
  socket.destroy();
  return seen;
}

async function certificatesPart(): Promise<{ state?: string; detail?: string }> {
  const { body } = await rest(server, null, '/readyz');
  return (body.parts as { certificates: { state: string; detail: string } }).certificates;
}

t.test(
  'a new server certificate is shown to whoever connects; nobody who is connected is dropped',
  async (t) => {
    const wearable = await server.wearable('resumes-1');
    const former = await handshake(server.deviceUrl, wearable);
    const before = await handshake(server.clinicianUrl);
    const issued = await issueServerCredentials({ directory: certs, names, crlUrl: null, now: Date.now() });
    t.not(before.serial, issued.serialNumber);
    for (const url of [server.clinicianUrl, server.deviceUrl])
      await eventually(async () => (await handshake(url, wearable)).serial === issued.serialNumber);
    // The lists that the start has published may be taken in as well.
    const reloaded = logged('credentials_reloaded').filter(({ name }) => !name?.startsWith('crl_'));
    t.match(reloaded, [{ name: 'server_certificate' }]);
    const resumed = await handshake(server.deviceUrl, { ...wearable, session: former.session });
    t.ok(resumed.reused, 'tickets of before still resume: a reconnect storm stays cheap');
    t.match(await certificatesPart(), { state: 'ok' });
    await good.goesOn(t);
    t.same(lost, [], 'the clinician neither');
  },
);

t.test(
  'a pair that is none is refused once and shown, while everybody goes on, until it is mended',
  async (t) => {
    const paths = serverPaths(certs);
    const before = await handshake(server.clinicianUrl);
    const pair = { key: readFileSync(paths.key), certificate: readFileSync(paths.certificate) };
    writeFileSync(paths.key, privateKeyToPem(generateKeyPair().privateKey));
    const refused = await eventually(() => logged('credentials_refused')[0], 8_000);
    t.match(refused, { name: 'server_certificate', code: 'credential_invalid', reason: /is not the key of/ });
    t.match(await certificatesPart(), {
      state: 'degraded',
      detail: /^server_certificate refused: credential_invalid/,
    });
    t.equal((await handshake(server.clinicianUrl)).serial, before.serial, 'the one in use stays');
    const { text } = await rest(server, null, '/metrics');
    t.match(text, /^vitalwire_credentials_refused\{name="server_certificate"\} 1$/m);
    t.match(text, /^vitalwire_certificate_expires_seconds\{name="server_certificate"\} [1-9]\d+$/m);
    t.ok(await tokenOf(server, await server.wearable('meanwhile-1')), 'devices get in');
    await good.goesOn(t);
    writeFileSync(paths.key, pair.key);
    await eventually(async () => (await certificatesPart()).state === 'ok');
    t.equal(logged('credentials_refused').length, 1);
  },
);

t.test('after a rotation of the device authority, devices of both get in without a restart', async (t) => {
  const former = await server.wearable('former-1');
  await rotateAuthority({
    directory: certs,
    registry: server.registry,
    name: 'device',
    crlUrl: null,
    compromised: false,
    now: Date.now(),
  });
  await eventually(() => logged('credentials_reloaded').some(({ name }) => name === 'device_trust'));
  for (const wearable of [former, await server.wearable('latter-1')]) {
    const stream = await openStream(server, wearable);
    t.equal(stream.socket.readyState, stream.socket.OPEN);
    stream.socket.terminate();
  }
  await good.goesOn(t);
});

t.test('revocation lists are handed out to anybody, the newest good one at any time', async (t) => {
  const authority = await loadAuthority(certs, 'device');
  const file = `${keyIdOf(authority.certificate)}.crl`;
  const path = join(certs, 'crl', file);
  const fetched = (headers = {}) => ask(`${server.clinicianUrl}/crl/${file}`, { ca, headers });
  const list = (number: bigint) => {
    const thisUpdate = Date.now() - 1_000;
    return issueRevocationList(authority, {
      number,
      thisUpdate,
      nextUpdate: thisUpdate + 7 * 86_400_000,
      entries: [],
    });
  };
  mkdirSync(join(certs, 'crl'), { recursive: true });
  rmSync(path, { force: true });
  const number = BigInt(Math.floor(Date.now() / 1_000)) + 1_000_000n;
  for (const unknown of [`${'0'.repeat(16)}.crl`, 'server.key', '..%2Fserver.key', '%2e%2e%2fserver.key'])
    t.match(
      await ask(`${server.clinicianUrl}/crl/${unknown}`, { ca }),
      { status: 404, body: { code: 'not_found' } },
      unknown,
    );

  writeFileSync(path, list(number));
  const answer = await eventually(async () => {
    const one = await fetched();
    return one.status === 200 ? one : null;
  });
  t.match(answer.headers, {
    'content-type': 'application/pkix-crl',
    'cache-control': 'public, max-age=300',
    etag: /^"[0-9a-f]{32}"$/,
    expires: / GMT$/,
  });
  t.equal(Number(answer.headers['content-length']), readFileSync(path).length);
  t.equal((await fetched({ 'if-none-match': answer.headers.etag })).status, 304);

  writeFileSync(path, list(number - 1n));
  await eventually(
    () => logged('credentials_refused').some(({ code }) => code === 'revocation_list_rolled_back'),
    8_000,
  );
  t.equal((await fetched()).headers.etag, answer.headers.etag, 'an older one never replaces it');
  writeFileSync(path, list(number + 1n));
  await eventually(async () => (await fetched()).headers.etag !== answer.headers.etag);
  t.match(await certificatesPart(), { state: 'ok' });
  await good.goesOn(t);
  t.same(lost, []);
});
