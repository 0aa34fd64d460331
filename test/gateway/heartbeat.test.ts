import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../src/core/clock.ts';
import { Heartbeat } from '../../src/gateway/heartbeat.ts';
import { eventually } from '../support/eventually.ts';

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
