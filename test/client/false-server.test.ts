import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { DeviceClient } from '../../src/client/device-client.ts';
import { FeedClient } from '../../src/client/feed-client.ts';
import {
  authorityPaths,
  loadAuthority,
  loadServerCredentials,
} from '../../src/identity/certificate-directory.ts';
import { chainPem } from '../../src/pki/certificate.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { issueServerCertificate } from '../../src/pki/server-certificate.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';

const fixture = await certificateFixture();
const stranger = await certificateFixture();
t.teardown(async () => {
  await fixture[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
});
const ca = readFileSync(authorityPaths(fixture.directory, 'root').certificate);
const { files } = await fixture.enrol('watch-1');
const cert = readFileSync(files.certificate, 'utf8');
const key = readFileSync(files.key, 'utf8');
const backoff = { withJitter: { baseMs: 5, capMs: 20 }, later: { baseMs: 5, capMs: 20 } };

async function ofAnotherName() {
  const authority = await loadAuthority(fixture.directory, 'server');
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = issueServerCertificate(authority, {
    names: ['elsewhere.example'],
    organization: 'Vitalwire DEVELOPMENT',
    publicKey,
    crlUrl: null,
    now: Date.now(),
  });
  return { key: privateKeyToPem(privateKey), cert: chainPem(certificate, authority.certificate) };
}

const SERVERS = {
  'the true server': await loadServerCredentials(fixture.directory),
  'one of another installation': await loadServerCredentials(stranger.directory),
  'one whose certificate is for another name': await ofAnotherName(),
  "a device in the server's place": { key, cert },
};

for (const [name, tls] of Object.entries(SERVERS)) {
  const isTrue = name === 'the true server';
  t.test(`${name} is sent ${isTrue ? 'the requests' : 'nothing'} by either client`, async (t) => {
    const asked: string[] = [];
    const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false });
    server.on('request', ({ url }, response) => {
      asked.push(String(url));
      response.writeHead(503).end();
    });
    server.on('upgrade', ({ url }, socket) => {
      asked.push(String(url));
      socket.end('HTTP/1.1 503 No\r\nconnection: close\r\n\r\n');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.teardown(() => server.close());
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const device = new DeviceClient({ url, cert, key, ca, backoff });
    const feed = new FeedClient({ url, token: 'a-token', ca, backoff });
    t.teardown(() => Promise.all([device.close(), feed.close()]));
    const ends = Promise.all([once(device, 'closed'), once(feed, 'closed')]);
    device.start();
    feed.subscribe().catch(() => undefined);
    await ends;
    // Each tries again: twice is no accident.
    await Promise.all([once(device, 'closed'), once(feed, 'closed')]);
    if (isTrue) t.same([...new Set(asked)].sort(), ['/v1/feed', '/v1/token']);
    else t.same(asked, []);
  });
}
