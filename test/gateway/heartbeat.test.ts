import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../src/core/clock.ts';
import { Heartbeat } from '../../src/gateway/heartbeat.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';

t.test('a socket that is held back is not taken for a lost one: its answers wait unread', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  using heartbeat = new Heartbeat(systemClock(), 50);
  const { port } = server.address() as AddressInfo;
  const lost: string[] = [];
  const connect = async (name: string, autoPong: boolean) => {
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong });
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    heartbeat.watch(socket, () => {
      lost.push(name);
      socket.terminate();
    });
    return { client, socket };
  };
  const held = await connect('held back', true);
  held.socket.pause();
  await connect('does not answer', false);
  await eventually(() => lost.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.same(lost, ['does not answer']);

  held.client.terminate();
  held.socket.resume();
  if (held.socket.readyState !== WebSocket.CLOSED) await once(held.socket, 'close');
  t.same(lost, ['does not answer']);
  await new Promise((resolve) => server.close(resolve));
});

t.test(
  'a peer that falls silent is found before its second interval is over, and not before a ping was due',
  async (t) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const clock = manualClock();
    using heartbeat = new Heartbeat(clock, 20_000);
    const { port } = server.address() as AddressInfo;
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: false });
    const [socket] = (await once(server, 'connection')) as [WebSocket];
    await once(client, 'open');
    let lost = false;
    let alive = heartbeat.watch(socket, () => {
      lost = true;
    });
    // Whenever in an interval its last word comes.
    for (const spoke of [0, 4_000, 7_500, 12_000, 19_000]) {
      lost = false;
      clock.advance(spoke);
      client.send('last word');
      await once(socket, 'message');
      alive();
      clock.advance(30_000);
      t.equal(lost, false, `a word at ${spoke}: a ping may still be answered`);
      clock.advance(10_000);
      t.equal(lost, true, `a word at ${spoke}: found within two intervals`);
      alive = heartbeat.watch(socket, () => {
        lost = true;
      });
    }
    client.terminate();
    await new Promise((resolve) => server.close(resolve));
  },
);

t.test('peers are pinged in turn, each once an interval, also those that are not read', async (t) => {
  const clock = manualClock();
  using heartbeat = new Heartbeat(clock, 20_000);
  const pings: number[][] = [];
  for (let i = 0; i < 200; i++) {
    const times: number[] = [];
    pings.push(times);
    const socket = Object.assign(new EventEmitter(), {
      readyState: WebSocket.OPEN,
      OPEN: WebSocket.OPEN,
      isPaused: i % 2 === 0,
      ping: () => {
        times.push(clock.monotonic());
        socket.emit('pong');
      },
    });
    heartbeat.watch(socket as unknown as WebSocket, () => t.fail('lost'));
  }
  clock.advance(100_000);
  t.ok(
    pings.every((times) => times.length === 5 && times.every((at, n) => at - (times[0] ?? 0) === n * 20_000)),
  );
  const atOnce = new Map<number, number>();
  for (const at of pings.flat()) atOnce.set(at, (atOnce.get(at) ?? 0) + 1);
  t.ok(Math.max(...atOnce.values()) <= 10, 'never all of them at once');
});
