import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import { openStream, type RawSocket, tokenOf } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t, { environment: { VITALWIRE_HEARTBEAT_S: '1' } });
const good = await goodDevice(server);
const wearable = await server.wearable('watch-1', 'p-1');
const token = await tokenOf(server, wearable);
const logged = (): { event?: string; code?: number; device?: string }[] =>
  server.log.map((line) => JSON.parse(line));

async function streaming(stream: string = randomUUID()): Promise<RawSocket> {
  const open = await openStream(server, wearable);
  open.send({ type: 'hello', stream, time: Date.now(), ack_interval_ms: 0 });
  await open.frame('welcome');
  return open;
}

/** A TLS connection that says `text` and listens: what HTTP libraries would not send. */
async function raw(text: string): Promise<TLSSocket> {
  const { hostname, port } = new URL(server.deviceUrl);
  const socket = connect({ ...wearable, host: hostname, port: Number(port), servername: hostname });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(text);
  return socket;
}

async function answerTo(text: string): Promise<string> {
  const socket = await raw(text);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  await once(socket, 'close');
  return answer;
}

const upgradeRequest = (headers: readonly string[]): string =>
  ['GET /v1/stream HTTP/1.1', 'host: localhost', ...headers, '', ''].join('\r\n');
const upgradeHeaders = [
  `authorization: Bearer ${token}`,
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol: vitalwire.v1.json',
];

t.test('a message larger than the listener takes: 1009', async (t) => {
  const stream = await streaming();
  stream.send({ type: 'status', seq: 1, padding: 'x'.repeat(256 * 1024) });
  t.equal((await stream.closed).code, 1009);
  const parts = await streaming();
  for (let i = 0; i < 5; i++) parts.socket.send('x'.repeat(64 * 1024), { fin: false });
  t.equal((await parts.closed).code, 1009, 'in fragments too');
  await good.goesOn(t);
});

t.test('text that is not UTF-8, right behind frames that are answered: 1007', async (t) => {
  for (let attempt = 0; attempt < 5; attempt++) {
    const stream = await streaming();
    for (let seq = 1; seq <= 20; seq++) stream.send({ type: 'vitals', seq, samples: [{}] });
    stream.socket.send(Buffer.from([0x22, 0xc3, 0x28]), { binary: false });
    t.equal((await stream.closed).code, 1007);
  }
  await good.goesOn(t);
});

t.test('a flood of fragments, empty or of one byte, is cut off within bounded memory', async (t) => {
  for (const data of ['', 'x']) {
    const stream = await streaming();
    let sent = 0;
    while (stream.socket.readyState === stream.socket.OPEN && sent < 200_000) {
      for (let i = 0; i < 1_000; i++) stream.socket.send(data, { fin: false });
      sent += 1_000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { code } = await stream.closed;
    t.ok([1008, 1009, 1006].includes(code), `closed with ${code} after ${sent} fragments`);
    t.ok(sent < 200_000, 'before it could send them all');
    await good.goesOn(t);
  }
});

t.test(
  'heartbeats: who answers lives on, who does not is found (4408), who reads nothing is let go',
  async (t) => {
    const deaf = await server.wearable('deaf-1');
    const cut = await server.wearable('cut-1');
    const living = await streaming();
    living.socket.ping('beat');
    const [payload] = (await once(living.socket, 'pong')) as [Buffer];
    t.equal(payload.toString(), 'beat', 'a ping is answered');

    const unanswering = await openStream(server, deaf, { autoPong: false });
    unanswering.send({ type: 'hello', stream: randomUUID(), time: Date.now() });
    await unanswering.frame('welcome');
    const began = performance.now();
    // As after a cable is pulled: nothing is read any more, and nothing said.
    const silent = await openStream(server, cut);
    silent.socket.pause();

    t.match(await unanswering.closed, { code: 4408, reason: 'heartbeat lost' });
    const took = performance.now() - began;
    t.ok(took > 1_000 && took < 4_500, `two heartbeats missed, found in the third: ${Math.round(took)} ms`);
    const ofCut = (): string[] =>
      logged().flatMap((line) =>
        line.device === 'cut-1' ? [`${line.event} ${line.code ?? ''}`.trim()] : [],
      );
    await eventually(() => ofCut().length === 3, 8_000);
    t.same(ofCut(), ['device_connected', 'device_closed 4408', 'device_disconnected 1006']);
    t.equal(living.socket.readyState, living.socket.OPEN, 'who answered is still there');
    living.socket.terminate();
    silent.socket.terminate();
    await good.goesOn(t);
  },
);

t.test('the newest connection of a device wins: 4409 for the one before, which loses no ack', async (t) => {
  const id = randomUUID();
  const first = await streaming(id);
  first.send({ type: 'vitals', seq: 1, samples: [{ t: Date.now(), heart_rate: 70 }] });
  const second = await streaming(id);
  t.match(await first.closed, { code: 4409 });
  t.match(await second.frame('welcome'), { type: 'welcome' });
  second.send({ type: 'vitals', seq: 1, samples: [{ t: Date.now(), heart_rate: 70 }] });
  second.send({ type: 'vitals', seq: 2, samples: [{ t: Date.now(), heart_rate: 71 }] });
  await eventually(() => second.frames.some(({ type, seq }) => type === 'ack' && seq === 2));
  t.equal(second.socket.readyState, second.socket.OPEN);
  // Ten at once: one is left.
  const many = await Promise.all(Array.from({ length: 10 }, () => openStream(server, wearable)));
  t.match(await second.closed, { code: 4409 });
  await eventually(() => many.filter(({ socket }) => socket.readyState === socket.OPEN).length === 1);
  const codes = await Promise.all(
    many.filter(({ socket }) => socket.readyState !== 1).map((one) => one.closed),
  );
  t.ok(codes.every(({ code }) => code === 4409));
  for (const { socket } of many) socket.terminate();
  await good.goesOn(t);
});

t.test('what is not HTTP, or not quite a WebSocket, is answered or cut off', async (t) => {
  const problem =
    /^HTTP\/1\.1 4\d\d [\s\S]*content-type: application\/problem\+json[\s\S]*"code":"invalid_request"/;
  t.match(await answerTo('HELLO\r\n\r\n'), problem, 'no HTTP');
  t.match(
    await answerTo(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
    problem,
    'headers without end',
  );
  t.match(
    await answerTo('GET /%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'),
    problem,
    'a path that decodes to nothing',
  );
  t.match(await answerTo('GET / HTTP/1.1\r\nconnection: close\r\n\r\n'), /^HTTP\/1\.1 4/, 'no host');
  for (const [name, without, instead] of [
    ['no key', 'sec-websocket-key', null],
    ['a key too short', 'sec-websocket-key', 'sec-websocket-key: abc'],
    ['an old version', 'sec-websocket-version', 'sec-websocket-version: 7'],
    ['another protocol', 'upgrade:', 'upgrade: h2c'],
  ] as const) {
    const headers = upgradeHeaders.filter((line) => !line.startsWith(without));
    const answer = await answerTo(upgradeRequest(instead === null ? headers : [...headers, instead]));
    t.match(answer, /^HTTP\/1\.1 4(00|05|26) /, name);
  }
  await good.goesOn(t);
});

t.test('peers that reset the connection while they are being let in harm nobody', async (t) => {
  const sockets = await Promise.all(Array.from({ length: 60 }, () => raw(upgradeRequest(upgradeHeaders))));
  for (const [i, socket] of sockets.entries()) {
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
  }
  const frames = await raw(upgradeRequest(upgradeHeaders));
  await once(frames, 'data');
  frames.write(Buffer.from('ffffffffffffffffffffffff', 'hex'));
  await once(frames, 'close');
  await good.goesOn(t);
});
