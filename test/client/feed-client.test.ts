import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { FeedClient } from '../../src/client/feed-client.ts';
import type { FeedClientOptions } from '../../src/client/feed-client-options.ts';
import { acceleratedClock } from '../../src/core/clock.ts';
import { authorityPaths } from '../../src/identity/certificate-directory.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { type FeedScript, ScriptedFeedServer } from './scripted-feed-server.ts';

const fixture = await certificateFixture();
t.teardown(() => fixture[Symbol.asyncDispose]());
const ca = readFileSync(authorityPaths(fixture.directory, 'root').certificate);
const quick = { withJitter: { baseMs: 5, capMs: 20 }, later: { baseMs: 5, capMs: 20 } };

async function pair(test: Test, script: FeedScript = {}, options: Partial<FeedClientOptions> = {}) {
  const server = await ScriptedFeedServer.start(fixture.directory, script);
  const client = new FeedClient({ url: server.url, token: 'a-token', ca, backoff: quick, ...options });
  test.teardown(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return { server, client };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

t.test('a subscription brings the snapshot, then what happens', async (t) => {
  const { server, client } = await pair(t);
  await client.subscribe({ ward: 'north' });
  const [snapshot] = await once(client, 'snapshot');
  t.match(snapshot, { cursor: '0', patients: [] });
  t.equal(server.peers[0]?.authorization, 'Bearer a-token');
  t.match(server.commands[0], { type: 'subscribe', ward: 'north' });
  const vitals = once(client, 'vitals');
  server.peers[0]?.send({ type: 'vitals', patient: 'p-1', time: 5, values: { spo2: { value: 97, t: 4 } } });
  t.match((await vitals)[0], { patient: 'p-1', values: { spo2: { value: 97 } } });
});

t.test('over many lost connections every alarm event comes once and in order', async (t) => {
  let commands = 0;
  const { server, client } = await pair(t, {
    onCommand(command, peer, self) {
      commands += 1;
      // Some subscriptions are lost with their connection, some in the middle of the replay.
      if (command.type === 'subscribe' && commands % 5 === 0) return peer.socket.terminate();
      self.take(command, peer);
      if (commands % 4 === 0) peer.socket.terminate();
    },
  });
  const seen: string[] = [];
  client.on('alarm', ({ alarm }) => seen.push(alarm.id));
  await client.subscribe();
  await once(client, 'snapshot');
  const expected = Array.from({ length: 100 }, (_, index) => `alarm-${index}`);
  for (const id of expected) {
    server.raise(id);
    if (Math.random() < 0.5) await pause(2);
  }
  server.script.onCommand = (command, peer, self) => self.take(command, peer);
  while (seen.length < expected.length) await pause(5);
  await pause(20);
  t.same(seen, expected);
  t.ok(server.peers.length > 3, `${server.peers.length} connections`);
});

t.test('a heartbeat in the middle of a replay does not move the place to take up', async (t) => {
  let subscribes = 0;
  const { server, client } = await pair(t, {
    onCommand(command, peer, self) {
      if (command.type !== 'subscribe') return;
      subscribes += 1;
      if (subscribes !== 2) return self.take(command, peer);
      peer.send({ type: 'heartbeat', time: 0, cursor: self.cursor });
      const [next] = self.log.slice(Number(command.since));
      if (next) peer.send(next);
      setTimeout(() => peer.socket.terminate(), 20);
    },
  });
  const seen: string[] = [];
  client.on('alarm', ({ alarm }) => seen.push(alarm.id));
  await client.subscribe();
  await once(client, 'snapshot');
  server.peers[0]?.socket.terminate();
  for (const id of ['a', 'b', 'c']) server.raise(id);
  await once(client, 'snapshot');
  t.same(seen, ['a', 'b', 'c']);
});

t.test('a repeated event is not told again; what was told is confirmed with its newest cursor', async (t) => {
  const { server, client } = await pair(t);
  const seen: string[] = [];
  client.on('alarm', ({ alarm }) => seen.push(alarm.id));
  await client.subscribe();
  await once(client, 'snapshot');
  server.raise('a');
  server.raise('b');
  const [first] = server.log;
  if (first) server.peers[0]?.send(first);
  server.raise('c');
  const confirmed = (): string[] =>
    server.commands.flatMap((command) => (command.type === 'received' ? [command.cursor] : []));
  while (confirmed().at(-1) !== '3') await pause(5);
  t.same(seen, ['a', 'b', 'c']);
  t.equal(client.cursor, '3');
});

t.test('commands resolve with the answer, and reject when the connection is lost before it', async (t) => {
  const { server, client } = await pair(t, {
    onCommand(command, peer, self) {
      if (command.type !== 'acknowledge') return self.take(command, peer);
      if (command.alarm === 'lost') return peer.socket.terminate();
      const id = command.id ?? '';
      if (command.alarm === 'over')
        peer.send({
          type: 'result',
          id,
          command: 'acknowledge',
          ok: false,
          code: 'alarm_not_live',
          message: 'over',
        });
      else self.take(command, peer);
    },
  });
  await t.rejects(client.acknowledge('x'), { code: 'not_connected' });
  await client.subscribe();
  await once(client, 'snapshot');
  t.same(await client.acknowledge('live'), { ok: true, code: null, message: null });
  t.same(await client.acknowledge('over'), { ok: false, code: 'alarm_not_live', message: 'over' });
  t.match(await client.waveforms('p-1', ['ecg_ii']), { ok: true });
  await t.rejects(client.acknowledge('lost'), { code: 'connection_lost' });
  await once(client, 'snapshot');
  const traces = server.commands.filter(({ type }) => type === 'waveforms');
  t.equal(traces.length, 2, 'the traces are asked for again after the reconnect');
});

t.test('a refused subscription says why', async (t) => {
  const { client } = await pair(t, {
    onCommand(command, peer) {
      const id = 'id' in command && command.id !== undefined ? command.id : '';
      peer.send({
        type: 'result',
        id,
        command: command.type,
        ok: false,
        code: 'patient_forbidden',
        message: 'p-9',
      });
    },
  });
  client.start();
  await once(client, 'connected');
  await t.rejects(client.subscribe({ patients: ['p-9'] }), { code: 'patient_forbidden' });
});

t.test('a fetched token is fetched anew after 4401; a fixed one ends the client', async (t) => {
  let fetched = 0;
  const { server, client } = await pair(t, {}, { token: async () => `token-${++fetched}` });
  client.start();
  await once(client, 'connected');
  server.peers[0]?.socket.close(4401, 'token expired');
  await once(client, 'connected');
  t.equal(server.peers[1]?.authorization, 'Bearer token-2');

  const fixed = await pair(t, { refuseUpgrade: () => ({ status: 401, code: 'token_expired' }) });
  fixed.client.start();
  const [end] = await once(fixed.client, 'closed');
  t.match(end, { reconnectInMs: null, error: { code: 'token_expired', status: 401 } });
});

t.test('a close with 4403 is final, and a full server is come back to', async (t) => {
  const { server, client } = await pair(t);
  client.start();
  await once(client, 'connected');
  server.peers[0]?.socket.close(1013, 'slow consumer');
  await once(client, 'connected');
  server.peers[1]?.socket.close(4403, 'not allowed');
  const [end] = await once(client, 'closed');
  t.match(end, { code: 4403, reconnectInMs: null });
});

t.test('a feed that falls silent is left and found again', async (t) => {
  const { client } = await pair(t, {}, { clock: acceleratedClock(100), silenceMs: 5_000 });
  client.start();
  await once(client, 'connected');
  const [end] = await once(client, 'closed');
  t.equal(end.code, 4408);
  await once(client, 'connected');
});

t.test('a snapshot is confirmed too, so that the alarms in it count as received', async (t) => {
  const { server, client } = await pair(t);
  for (const id of ['a', 'b']) server.raise(id);
  await client.subscribe();
  await once(client, 'snapshot');
  const confirmed = () => server.commands.find((command) => command.type === 'received');
  while (confirmed() === undefined) await pause(5);
  t.same(confirmed(), { type: 'received', cursor: '2' });
});

t.test('shelves are asked for and told of', async (t) => {
  const { server, client } = await pair(t);
  await client.subscribe();
  await once(client, 'snapshot');
  const wish = { patient: 'p-1', vital: 'spo2', direction: 'low', minutes: 30 } as const;
  const reason = 'The mask is being changed';
  t.match(await client.shelve({ ...wish, reason }), { ok: true });
  t.match(await client.unshelve('s-1'), { ok: true });
  t.match(
    server.commands.filter(({ type }) => type.endsWith('shelve')),
    [
      { type: 'shelve', ...wish, reason },
      { type: 'unshelve', shelf: 's-1' },
    ],
  );
  const told = once(client, 'shelf');
  const { minutes: _, ...of } = wish;
  const shelf = { type: 'shelf', ...of, id: 's-1', by: 'charge-1', reason, from: 1, until: 2 } as const;
  server.peers[0]?.send(shelf);
  t.same((await told)[0], shelf);
});

t.test('that an alarm is unattended is told once, and moves the place to take up', async (t) => {
  const { server, client } = await pair(t);
  const seen: boolean[] = [];
  client.on('unattended', ({ over }) => seen.push(over));
  await client.subscribe();
  await once(client, 'snapshot');
  const about = { alarm: 'a', patient: 'p-1', ward: null, priority: 'high', since: 1 } as const;
  const frame = (cursor: string, over: boolean) =>
    ({ type: 'unattended', cursor, at: 1, ...about, over }) as const;
  for (const one of [frame('7', false), frame('7', false), frame('8', true)]) server.peers[0]?.send(one);
  const confirmed = () => server.commands.some((one) => one.type === 'received' && one.cursor === '8');
  while (!confirmed()) await pause(5);
  t.same(seen, [false, true]);
  t.equal(client.cursor, '8');
});
