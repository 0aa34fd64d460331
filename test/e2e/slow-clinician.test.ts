import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { relayTransport } from '../../src/gateway/relay-transport.ts';
import { registeredPrincipal } from '../../src/identity/clinician-principal.ts';
import type { Transport } from '../../src/protocol/transport.ts';
import { raised } from '../support/alarms.ts';
import { eventually } from '../support/eventually.ts';
import { A1, type FeedWorld, feedWorld, NURSE } from '../support/feed-world.ts';

/** The feed behind real sockets; gives where it listens, and the codes with which it closed sessions. */
async function listening(t: Test, { feed, clock }: FeedWorld) {
  const closes: number[] = [];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  let sessions = 0;
  server.on('connection', (socket, request) => {
    sessions++;
    const real = relayTransport(socket, request.socket);
    const transport: Transport = {
      ...real,
      close(code, reason) {
        closes.push(code);
        real.close(code, reason);
      },
      get bufferedAmount() {
        return real.bufferedAmount;
      },
    };
    const session = feed.admit({
      id: `socket-${sessions}`,
      principal: registeredPrincipal(NURSE),
      transport,
      tokenExpires: clock.now() + 3_600_000,
      verifyToken: async () => ({ code: 'token_invalid', message: 'refused' }),
    });
    socket.on('message', (data) => session.receive(String(data)));
    socket.on('close', (code) => feed.left(session, code));
  });
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  await once(server, 'listening');
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, closes };
}

/** A client that keeps the cursors of the alarm events it reads. */
async function client(t: Test, url: string, since?: string) {
  const socket = new WebSocket(url);
  const cursors: string[] = [];
  let closed: number | null = null;
  let shown = false;
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === 'alarm') cursors.push(frame.cursor);
    if (frame.type === 'snapshot') shown = true;
  });
  socket.on('close', (code) => {
    closed = code;
  });
  t.teardown(() => socket.terminate());
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'subscribe', ...(since === undefined ? {} : { since }) }));
  return { socket, cursors, isShown: () => shown, closed: () => closed };
}

t.test('who does not read is closed with 1013, keeps nobody else waiting, and misses nothing', async (t) => {
  const world = await feedWorld(t);
  const { bus, clock } = world;
  const { url, closes } = await listening(t, world);
  const since = bus.newestCursor();
  const [slow, good] = [await client(t, url), await client(t, url)];
  await eventually(() => slow.isShown() && good.isShown());
  slow.socket.pause();
  const published: string[] = [];
  // What the kernel holds for it comes on top of what the session may hold.
  for (let onset = 1; closes.length === 0 && onset < 200_000; onset++) {
    published.push(bus.publishAlarm(raised(onset, { patient: A1 })).cursor);
    if (onset % 200 === 0) await eventually(() => good.cursors.length === published.length);
  }
  t.same(closes, [1013]);
  t.equal(good.closed(), null);
  t.ok(published.length > 5_000, `after ${published.length} events`);
  slow.socket.resume();
  t.equal(await eventually(slow.closed), 1013);
  t.ok(slow.cursors.length < published.length, `it had read ${slow.cursors.length}`);
  const back = await client(t, url, slow.cursors.at(-1) ?? since);
  published.push(bus.publishAlarm(raised(300_000, { patient: A1 })).cursor);
  await eventually(() => {
    clock.advance(20);
    return back.cursors.at(-1) === published.at(-1);
  });
  t.same([...slow.cursors, ...back.cursors], published, 'each event once, in order');
  await eventually(() => good.cursors.length === published.length);
  t.same(good.cursors, published);
});
