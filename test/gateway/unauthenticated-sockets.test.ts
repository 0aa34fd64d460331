import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { UnauthenticatedSockets, unauthenticatedMetrics } from '../../src/gateway/unauthenticated-sockets.ts';
import { createLog } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';

/** A TCP server that lets in whom the bounds allow, and says of each connection whether it did. */
async function bounded(t: Test, bounds: { perAddress: number; total: number }) {
  const clock = manualClock();
  const metrics = createMetrics();
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const sockets = new UnauthenticatedSockets({
    ...bounds,
    listener: 'device',
    clock,
    log,
    metrics: unauthenticatedMetrics(metrics),
  });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  return {
    sockets,
    clock,
    metrics,
    logged: () => lines.map((line) => JSON.parse(line)),
    async from(localAddress: string) {
      const accepted = once(server, 'connection');
      const client = connect({ port, host: '127.0.0.1', localAddress });
      clients.push(client);
      client.on('error', () => undefined);
      const [socket] = (await accepted) as [Socket];
      return { client, socket, admitted: sockets.admit(socket) };
    },
  };
}

t.test('an address holds what it may, others are not concerned, and all together have a bound', async (t) => {
  const { sockets, from } = await bounded(t, { perAddress: 2, total: 4 });
  t.ok((await from('127.0.0.1')).admitted);
  const second = await from('127.0.0.1');
  t.ok(second.admitted);
  t.notOk((await from('127.0.0.1')).admitted, 'one too many');
  t.ok((await from('127.0.0.2')).admitted);
  t.ok((await from('127.0.0.3')).admitted);
  t.notOk((await from('127.0.0.4')).admitted, 'one too many in all');
  t.equal(sockets.size, 4);
  second.client.destroy();
  await eventually(() => sockets.size === 3);
  t.ok((await from('127.0.0.1')).admitted, 'a closed one makes room');
});

t.test('who is identified does not count any more, and is not released twice', async (t) => {
  const { sockets, from } = await bounded(t, { perAddress: 1, total: 2 });
  const first = await from('127.0.0.1');
  sockets.identified(first.socket);
  sockets.identified(first.socket);
  t.equal(sockets.size, 0);
  const second = await from('127.0.0.1');
  t.ok(second.admitted);
  first.client.destroy();
  await once(first.socket.resume(), 'close');
  t.equal(sockets.size, 1, 'the end of an identified connection is not that of another');
  t.notOk((await from('127.0.0.1')).admitted);
});

t.test('an address and port that come back before the former connection has ended count once', async (t) => {
  const { sockets } = await bounded(t, { perAddress: 2, total: 4 });
  // A peer that resets and connects again from the same port: the new connection is told of before the old one's end.
  const [former, next] = [1, 2].map(() =>
    Object.assign(new EventEmitter(), { remoteAddress: '192.0.2.1', remotePort: 40_000 }),
  ) as unknown as [Socket, Socket];
  t.ok(sockets.admit(former));
  t.ok(sockets.admit(next));
  former.emit('close');
  t.equal(sockets.size, 1, 'the new one still counts');
  next.emit('close');
  t.equal(sockets.size, 0);
  for (let port = 1; port <= 2; port++) {
    const socket = Object.assign(new EventEmitter(), { remoteAddress: '192.0.2.1', remotePort: port });
    t.ok(sockets.admit(socket as unknown as Socket), 'nothing is left of them');
  }
});

t.test(
  'refusals are counted, and logged once an interval for each of a bounded number of addresses',
  async (t) => {
    const { clock, metrics, from, logged } = await bounded(t, { perAddress: 1, total: 100 });
    for (let host = 1; host <= 25; host++) for (let i = 0; i < 4; i++) await from(`127.0.0.${host}`);
    t.same(logged(), [], 'nothing a refusal');
    clock.advance(10_000);
    t.equal(logged().length, 21);
    t.match(logged()[0], {
      event: 'sockets_refused',
      listener: 'device',
      remote: '127.0.0.1',
      refused: 3,
      bound: 'address',
    });
    t.match(logged().at(-1), { remote: 'others', refused: 15 });
    clock.advance(10_000);
    t.equal(logged().length, 21, 'and nothing where nothing was refused');
    const { body } = await metrics.exposition();
    t.match(body, /^vitalwire_sockets_refused_total\{listener="device",bound="address"\} 75$/m);
    t.match(body, /^vitalwire_unauthenticated_sockets\{listener="device"\} 25$/m);
  },
);
