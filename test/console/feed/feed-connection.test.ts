import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { FeedConnection } from '../../../src/console/feed/feed-connection.ts';
import type { FeedFrame } from '../../../src/protocol/feed-frames.ts';
import { eventually } from '../../support/eventually.ts';

type Told = Readonly<Record<string, unknown>>;

/** One connection of the page as a server has it. */
interface Peer {
  readonly socket: ServerSocket;
  readonly heard: Told[];
  tell(...frames: readonly Told[]): void;
}

const SNAPSHOT = {
  ...{ type: 'snapshot', time: 1, cursor: '10' },
  ...{ patients: [], unassigned: [], escalated: [], addressed: [] },
};
const alarm = (cursor: string): Told => ({ type: 'alarm', cursor, event: 'raised', at: 1, alarm: {} });

/** A page's connection to a WebSocket server that says what the test says. */
async function world(t: Test) {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  await once(server, 'listening');
  const peers: Peer[] = [];
  server.on('connection', (socket) => {
    const heard: Told[] = [];
    peers.push({
      socket,
      heard,
      tell: (...frames) => frames.forEach((frame) => void socket.send(JSON.stringify(frame))),
    });
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Told;
      heard.push(frame);
      if (typeof frame.id === 'string' && frame.patient !== 'nobody')
        socket.send(JSON.stringify({ type: 'result', id: frame.id, command: frame.type, ok: true }));
    });
  });
  const frames: FeedFrame[] = [];
  const network = new EventTarget();
  const [connected, refused]: [number[], number[]] = [[], []];
  const feed = new FeedConnection({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    onFrame: (frame) => void frames.push(frame),
    onConnected: () => void connected.push(1),
    onRefused: () => void refused.push(1),
    network,
  });
  t.teardown(() => {
    feed.close();
    for (const { socket } of peers) socket.terminate();
    server.close();
  });
  feed.start();
  const peer = async (n: number): Promise<Peer> => {
    await eventually(() => (peers[n]?.heard.length ?? 0) > 0);
    return peers[n]!;
  };
  return { feed, frames, network, connected, refused, peer };
}

t.test('it is live once it knows where everything stands, and confirms what it has', async (t) => {
  const { feed, frames, peer } = await world(t);
  const first = await peer(0);
  t.match(first.heard[0], { type: 'subscribe' });
  t.notMatch(first.heard[0], { since: String });
  t.equal(feed.state.value.kind, 'connecting', 'a subscription that was taken is not yet a state of things');
  first.tell(SNAPSHOT, alarm('11'), alarm('12'));
  await eventually(() => frames.length === 3);
  t.equal(feed.state.value.kind, 'live');
  await eventually(() => first.heard.some(({ type, cursor }) => type === 'received' && cursor === '12'));
});

t.test('after an interruption it takes up where it was, and hands over no event twice', async (t) => {
  const { feed, frames, connected, network, peer } = await world(t);
  const first = await peer(0);
  first.tell(SNAPSHOT, alarm('11'));
  await eventually(() => frames.length === 2);
  first.socket.terminate();
  await eventually(() => feed.state.value.kind === 'lost');
  network.dispatchEvent(new Event('online'));
  const second = await peer(1);
  t.match(second.heard[0], { type: 'subscribe', since: '11' });
  second.tell(alarm('11'), alarm('12'), { ...SNAPSHOT, cursor: '12' });
  await eventually(() => feed.state.value.kind === 'live');
  t.same(
    frames.flatMap((frame) => (frame.type === 'alarm' ? [frame.cursor] : [])),
    ['11', '12'],
  );
  t.equal(connected.length, 2);
});

t.test('traces that are looked at are asked for again', async (t) => {
  const { feed, network, peer } = await world(t);
  const first = await peer(0);
  first.tell(SNAPSHOT);
  await eventually(() => feed.state.value.kind === 'live');
  await feed.waveforms('p-1', ['ecg_ii']);
  first.socket.terminate();
  await eventually(() => feed.state.value.kind === 'lost');
  network.dispatchEvent(new Event('online'));
  const second = await peer(1);
  second.tell(SNAPSHOT);
  await eventually(() => second.heard.some(({ type, patient }) => type === 'waveforms' && patient === 'p-1'));
});

t.test('a command that is under way when the connection goes is said to be uncertain', async (t) => {
  const { feed, peer } = await world(t);
  const first = await peer(0);
  first.tell(SNAPSHOT);
  await eventually(() => feed.state.value.kind === 'live');
  const asked = feed.ask((id) => ({ type: 'waveforms', id, patient: 'nobody', signals: [] }));
  await eventually(() => first.heard.some(({ patient }) => patient === 'nobody'));
  first.socket.terminate();
  await t.rejects(asked, { code: 'connection_lost' });
  await t.rejects(
    feed.ask((id) => ({ type: 'unsubscribe', id })),
    { code: 'not_connected' },
  );
});

t.test('a close that is final has somebody ask why', async (t) => {
  const { feed, refused, peer } = await world(t);
  (await peer(0)).socket.close(4403, 'not allowed');
  await eventually(() => refused.length === 1);
  t.equal(feed.state.value.kind, 'lost');
});
