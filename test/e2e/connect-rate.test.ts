import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:https';
import t from 'tap';
import { secondsAskedIn } from '../../src/protocol/retry-after.ts';
import { goodDevice } from '../support/good-device.ts';
import { ask, askToken, openStream, type RawSocket, tokenOf, upgrade } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer, type Wearable } from '../support/running-server.ts';

const RATE = 6;
const server = await runningServer(t, { environment: { VITALWIRE_CONNECTS_PER_MINUTE: String(RATE) } });
const good = await goodDevice(server);
const logged = (): { event?: string; device?: string; door?: string }[] =>
  server.log.map((line) => JSON.parse(line));

async function connected(wearable: Wearable, authorization: string): Promise<RawSocket> {
  const stream = await upgrade(server.deviceUrl, wearable, { authorization });
  if ('status' in stream) throw new Error(`refused: ${stream.status} ${stream.text}`);
  return stream;
}

t.test('two holders of one identity that replace each other are held off; the live one stays', async (t) => {
  const wearable = await server.wearable('twin-1', 'p-1');
  const authorization = `Bearer ${await tokenOf(server, wearable)}`;
  let live = await connected(wearable, authorization);
  for (let i = 1; i < RATE; i++) {
    const next = await connected(wearable, authorization);
    t.match(await live.closed, { code: 4409 });
    live = next;
  }
  const stream = randomUUID();
  live.send({ type: 'hello', stream, time: Date.now(), ack_interval_ms: 0 });
  await live.frame('welcome');

  for (let i = 0; i < 3; i++) {
    const late = await connected(wearable, authorization);
    late.send({ type: 'hello', stream: randomUUID(), time: Date.now() });
    const { code, reason } = await late.closed;
    t.equal(code, 4429);
    const seconds = secondsAskedIn(reason);
    t.ok(seconds !== null && seconds >= 1 && seconds <= 5, reason);
    t.same(late.frames, [], 'no session began');
  }
  live.send({ type: 'vitals', seq: 1, samples: [{ t: Date.now(), heart_rate: 70 }] });
  t.match(await live.frame('ack'), { seq: 1 }, 'the connection that stood was not replaced');
  t.same(
    logged().filter(({ event }) => event === 'device_held_off'),
    [{ ...logged().find(({ event }) => event === 'device_held_off'), device: 'twin-1', door: 'stream' }],
    'one line tells of a hold',
  );
  const { text } = await rest(server, null, '/metrics');
  t.match(text, /^vitalwire_devices_held_off_total\{door="stream"\} 3$/m);

  await good.goesOn(t);
  const other = await openStream(server, await server.wearable('other-1'));
  t.equal(other.socket.readyState, other.socket.OPEN, 'other devices come and go');
  other.socket.terminate();
  live.socket.terminate();
});

t.test('a client that is told to wait waits, at the socket and at the token', async (t) => {
  const wearable = await server.wearable('eager-1', 'p-2');
  const authorization = `Bearer ${await tokenOf(server, wearable)}`;
  for (let i = 0; i < RATE; i++) (await connected(wearable, authorization)).socket.terminate();
  const backoff = { withJitter: { baseMs: 1, capMs: 1 }, later: { baseMs: 1, capMs: 1 } };
  const client = server.client(wearable, { backoff });
  const [closed] = await once(client, 'closed');
  t.match(closed, { code: 4429 });
  const asked = (secondsAskedIn(closed.reason) ?? 0) * 1_000;
  t.ok(asked > 0 && closed.reconnectInMs >= asked, `asked for ${asked} ms, waits ${closed.reconnectInMs} ms`);
  const began = performance.now();
  await once(client, 'connected');
  t.ok(performance.now() - began >= asked - 50, 'and is let in after the wait it was told');
  await client.close();

  let answer = await askToken(server, wearable);
  for (let i = 0; answer.status === 200 && i < RATE; i++) answer = await askToken(server, wearable);
  t.match(answer, { status: 429, body: { code: 'rate_exceeded', status: 429 } });
  const seconds = Number(answer.headers['retry-after']);
  // The first hold, or on a slow machine the second: 5 s, then 10 s.
  t.ok(seconds >= 1 && seconds <= 10, `Retry-After: ${seconds}`);
  t.equal(answer.headers.connection, 'close');
  const second = server.client(wearable, { backoff });
  const [refused] = await once(second, 'closed');
  t.match(refused, { error: { code: 'rate_exceeded', status: 429 } });
  t.ok(
    refused.reconnectInMs >= 1_000 && refused.reconnectInMs <= 10_001,
    `waits ${refused.reconnectInMs} ms`,
  );
  await second.close();
  await good.goesOn(t);
});

t.test('a loop with a token that does not hold is counted like any other', async (t) => {
  const wearable = await server.wearable('loop-1');
  for (let i = 0; i < RATE; i++) {
    const answer = await upgrade(server.deviceUrl, wearable, { authorization: 'Bearer e30.e30.e30' });
    t.match(answer, { status: 401, body: { code: 'token_invalid' } });
  }
  const stream = await connected(wearable, `Bearer ${await tokenOf(server, wearable)}`);
  t.match(await stream.closed, { code: 4429 });
  // No upgrade: a connection of an identified device that counts nowhere, were it kept open.
  const headers = { authorization: 'Bearer e30.e30.e30' };
  const plain = await ask(`${server.deviceUrl}/v1/stream`, {
    ...wearable,
    headers,
    agent: new Agent({ keepAlive: true }),
  });
  t.match(plain, { status: 429, body: { code: 'rate_exceeded' }, headers: { connection: 'close' } });
  t.ok(Number(plain.headers['retry-after']) >= 1);
});
