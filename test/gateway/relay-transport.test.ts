import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { relayTransport } from '../../src/gateway/relay-transport.ts';
import { PreparedText } from '../../src/protocol/prepared-text.ts';
import type { Transport } from '../../src/protocol/transport.ts';

/** A transport with its socket, and the peer's side of it. */
async function connected(t: Test) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const opened = Promise.withResolvers<{ readonly socket: WebSocket; readonly transport: Transport }>();
  server.on('connection', (socket, { socket: stream }) =>
    opened.resolve({ socket, transport: relayTransport(socket, stream) }),
  );
  await once(server, 'listening');
  const peer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.teardown(() => peer.terminate());
  const heard: string[] = [];
  peer.on('message', (data, binary) => heard.push(binary ? `bytes ${String(data)}` : String(data)));
  peer.on('ping', () => heard.push('ping'));
  const [own] = await Promise.all([opened.promise, once(peer, 'open')]);
  return { ...own, peer, heard };
}

t.test('frames of one turn arrive in the order in which they were sent, then the close', async (t) => {
  const { transport, peer, heard } = await connected(t);
  const shared = new PreparedText('first');
  transport.send(shared);
  transport.send('second');
  transport.send(Buffer.from('third'));
  transport.send(shared);
  transport.close(1012, 'service restart');
  transport.send('never');
  const [code, reason] = await once(peer, 'close');
  t.same(heard, ['first', 'second', 'bytes third', 'first']);
  t.equal(code, 1012);
  t.equal(String(reason), 'service restart');
});

t.test('a ping of a later turn comes after what was sent before it', async (t) => {
  const { socket, transport, peer, heard } = await connected(t);
  transport.send('first');
  setImmediate(() => {
    socket.ping();
    transport.send('second');
    setImmediate(() => transport.close(1000, ''));
  });
  await once(peer, 'close');
  t.same(heard, ['first', 'ping', 'second']);
});

t.test('what waits for the end of the turn counts as unread', async (t) => {
  const { transport } = await connected(t);
  transport.send('x'.repeat(10_000));
  transport.send('y'.repeat(10_000));
  t.equal(transport.bufferedAmount, 20_008);
});

t.test('after the peer has closed nothing is written', async (t) => {
  const { socket, transport, peer } = await connected(t);
  peer.terminate();
  await once(socket, 'close');
  transport.send('late');
  await new Promise(setImmediate);
  t.equal(transport.bufferedAmount, 0);
});
