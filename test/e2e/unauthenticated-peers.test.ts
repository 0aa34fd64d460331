import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect } from 'node:tls';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import { openStream, tokenOf } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const PER_ADDRESS = 300;
const TOTAL = 1_500;
const server = await runningServer(t, {
  environment: {
    VITALWIRE_UNAUTHENTICATED_PER_ADDRESS: String(PER_ADDRESS),
    VITALWIRE_UNAUTHENTICATED_TOTAL: String(TOTAL),
  },
});
const good = await goodDevice(server);
const wearable = await server.wearable('slow-1', 'p-1');
const port = server.app.devicePort;
const logged = (): { event?: string; reason?: string; remote?: string; refused?: number }[] =>
  server.log.map((line) => JSON.parse(line));

async function metric(name: string): Promise<number> {
  const { text } = await rest(server, null, '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? 0);
}

/** Resolves with how long the peer let the connection stand, from now on. */
async function stood(socket: Socket): Promise<number> {
  const began = performance.now();
  socket.on('error', () => undefined);
  await once(socket.resume(), 'close');
  return performance.now() - began;
}

t.test('a device that is identified does not count', async (t) => {
  await good.goesOn(t);
  t.equal(await metric('vitalwire_unauthenticated_sockets{listener="device"}'), stalled.count);
});

/** Peers that stall, in the handshake or in their headers: opened first, and waited for last. */
async function stall() {
  const silent = connectTcp({ port, host: '127.0.0.1' });
  const halfHello = connectTcp({ port, host: '127.0.0.1' });
  // The beginning of a ClientHello record of 512 octets (RFC 8446 section 5.1), and no more.
  halfHello.write(Buffer.from('16030102000100', 'hex'));
  const tls = () => connect({ ...wearable, port, host: '127.0.0.1', servername: 'localhost' });
  const wordless = tls();
  const slowHeaders = tls();
  await Promise.all([once(wordless, 'secureConnect'), once(slowHeaders, 'secureConnect')]);
  slowHeaders.write('POST /v1/token HTTP/1.1\r\nhost: localhost\r\n');
  const drip = setInterval(() => slowHeaders.writable && slowHeaders.write('x-slow: 1\r\n'), 500);
  slowHeaders.on('close', () => clearInterval(drip));
  const all = {
    silent,
    'half a ClientHello': halfHello,
    'no request': wordless,
    'slow headers': slowHeaders,
  };
  const times = Object.entries(all).map(async ([name, socket]) => [name, await stood(socket)] as const);
  return { count: times.length, times: Promise.all(times) };
}
const stalled = await stall();

t.test('thousands of connections without an identity take nothing from a device that streams', async (t) => {
  const sockets: Socket[] = [];
  let closed = 0;
  const began = performance.now();
  // Eight addresses, each beyond its own bound, and together beyond that of all.
  for (let round = 0; round < 10; round++) {
    for (let host = 2; host < 10; host++) {
      for (let i = 0; i < 40; i++) {
        const socket = connectTcp({ port, host: '127.0.0.1', localAddress: `127.0.0.${host}` });
        socket.on('error', () => undefined).on('close', () => closed++);
        sockets.push(socket);
      }
    }
    await good.goesOn(t);
  }
  // Whoever stalls stands too, until the time-out takes it.
  await eventually(() => closed >= sockets.length - TOTAL, 8_000);
  const standing = sockets.length - closed;
  t.ok(standing >= TOTAL - stalled.count, `of ${sockets.length} stand ${standing}, as many as may`);
  t.ok(performance.now() - began < 9_000, 'the others were dropped at once, not by a time-out');
  t.equal(await metric('vitalwire_unauthenticated_sockets{listener="device"}'), TOTAL);
  t.ok((await metric('vitalwire_sockets_refused_total{listener="device",bound="total"}')) > 0);

  for (const socket of sockets) socket.destroy();
  await eventually(async () => (await metric('vitalwire_unauthenticated_sockets{listener="device"}')) < 10);
  const back = await openStream(server, wearable);
  t.equal(back.socket.readyState, back.socket.OPEN, 'as soon as they are gone, devices get in');
  back.socket.terminate();

  const report = await eventually(
    () => logged().filter(({ event }) => event === 'sockets_refused').length > 0,
    12_000,
  );
  t.ok(report);
  const lines = logged().filter(({ event }) => event === 'sockets_refused');
  t.ok(lines.length <= 3 * 8, `${lines.length} lines tell of all refusals`);
  t.equal(
    lines.reduce((sum, { refused = 0 }) => sum + refused, 0),
    sockets.length - standing,
  );
  await good.goesOn(t);
});

t.test('one address alone can fill only its own share', async (t) => {
  const sockets = Array.from({ length: PER_ADDRESS + 50 }, () =>
    connectTcp({ port, host: '127.0.0.1', localAddress: '127.0.0.77' }).on('error', () => undefined),
  );
  await eventually(() => sockets.filter(({ destroyed }) => destroyed).length === 50);
  t.ok(await tokenOf(server, wearable), 'a device of another address gets in beside them');
  for (const socket of sockets) socket.destroy();
  await good.goesOn(t);
});

t.test(
  'peers that stalled, in the handshake or in their headers, were cut off after ten seconds',
  async (t) => {
    for (const [name, ms] of await stalled.times)
      t.ok(ms > 8_500 && ms < 13_000, `${name}: cut off after ${Math.round(ms)} ms`);
    t.ok(logged().some(({ event, reason }) => event === 'tls_refused' && /timeout/i.test(reason ?? '')));
    await good.goesOn(t);
  },
);
