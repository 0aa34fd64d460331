import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Agent, createServer, request, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import t from 'tap';
import { tlsAgent } from '../../src/client/tls-agent.ts';
import { authorityPaths, loadServerCredentials } from '../../src/identity/certificate-directory.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';

const fixture = await certificateFixture();
t.teardown(() => fixture[Symbol.asyncDispose]());
const ca = readFileSync(authorityPaths(fixture.directory, 'root').certificate);
const tls = await loadServerCredentials(fixture.directory);
const ticketKeys = Buffer.alloc(48, 7);

async function started(port: number, options: object = {}): Promise<Server> {
  const server = createServer({ ...tls, ticketKeys, sessionIdContext: 'test', ...options }, (_, response) =>
    response.end('ok'),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Ends every handshake at its first octets. */
async function startedToCut(port: number): Promise<TcpServer> {
  const server = createTcpServer((socket) => socket.once('data', () => socket.destroy()));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function stopped(server: Server | TcpServer): Promise<void> {
  if ('closeAllConnections' in server) server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** Whether the session of one request was resumed; resolves when its connection is closed: tickets come last. */
function resumed(agent: Agent, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const call = request(`https://localhost:${port}/`, { agent, family: 4 }, (response) => {
      const reused = (response.socket as TLSSocket).isSessionReused();
      response.socket.once('close', () => resolve(reused));
      response.resume();
    });
    call.once('error', reject);
    call.end();
  });
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(
    `${maxVersion}: a session outlives a server that was away, and connections it cut off`,
    async (t) => {
      const agent = tlsAgent({ ca });
      const first = await started(0, { maxVersion });
      const { port } = first.address() as AddressInfo;
      t.equal(await resumed(agent, port), false);
      t.equal(await resumed(agent, port), true);
      await stopped(first);
      for (let i = 0; i < 5; i++) await t.rejects(resumed(agent, port), { code: 'ECONNREFUSED' });
      const cutting = await startedToCut(port);
      for (let i = 0; i < 2; i++) await t.rejects(resumed(agent, port));
      await stopped(cutting);
      const again = await started(port, { maxVersion });
      t.equal(await resumed(agent, port), true);
      await stopped(again);
    },
  );
}

t.test(
  'a session that may be why handshakes fail is given up after three, and the next is a full one',
  async (t) => {
    const agent = tlsAgent({ ca });
    const first = await started(0);
    const { port } = first.address() as AddressInfo;
    await resumed(agent, port);
    await stopped(first);
    const cutting = await startedToCut(port);
    for (let i = 0; i < 3; i++) await t.rejects(resumed(agent, port));
    await stopped(cutting);
    const again = await started(port);
    t.equal(await resumed(agent, port), false);
    t.equal(await resumed(agent, port), true);
    await stopped(again);
  },
);

t.test('sessions of two servers are kept apart', async (t) => {
  const agent = tlsAgent({ ca });
  const servers = [await started(0), await started(0, { ticketKeys: Buffer.alloc(48, 8) })];
  const [one = 0, two = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  await resumed(agent, one);
  t.equal(await resumed(agent, two), false);
  t.equal(await resumed(agent, one), true);
  t.equal(await resumed(agent, two), true);
  for (const server of servers) await stopped(server);
});
