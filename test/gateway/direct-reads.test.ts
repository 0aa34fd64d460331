import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type WebSocket, WebSocketServer } from 'ws';
import { takeMessagesDirectly } from '../../src/gateway/direct-reads.ts';
import { loadServerCredentials } from '../../src/identity/certificate-directory.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { eventually } from '../support/eventually.ts';

const MAX_BYTES = 4_096;
const OPCODES = { text: 1, binary: 2, ping: 9 } as const;

const fixture = await certificateFixture();
t.teardown(() => fixture[Symbol.asyncDispose]());
const credentials = await loadServerCredentials(fixture.directory);

/** A client's frame (RFC 6455 section 5.2). */
function frame(
  kind: keyof typeof OPCODES,
  payload: string | Uint8Array,
  mask = 0x12345678,
  final = true,
): Buffer {
  const data = Buffer.from(payload);
  const short = data.length < 126;
  const head = Buffer.alloc(short ? 6 : 8);
  head[0] = (final ? 0x80 : 0) | OPCODES[kind];
  head[1] = 0x80 | (short ? data.length : 126);
  if (!short) head.writeUInt16BE(data.length, 2);
  head.writeUInt32BE(mask, head.length - 4);
  return Buffer.concat([head, data.map((byte, i) => byte ^ (head[head.length - 4 + (i % 4)] ?? 0))]);
}

interface Line {
  /** Bytes into the connection. */
  readonly client: TLSSocket;
  readonly socket: WebSocket;
  readonly stream: TLSSocket;
  readonly direct: boolean;
  /** What was taken, in order. */
  readonly taken: string[];
}

async function line(t: Test): Promise<Line> {
  const server = createServer({ key: credentials.key, cert: credentials.cert });
  const sockets = new WebSocketServer({ server, maxPayload: MAX_BYTES, perMessageDeflate: false });
  const opened = Promise.withResolvers<Omit<Line, 'client'>>();
  sockets.on('connection', (socket, { socket: stream }) => {
    const taken: string[] = [];
    socket.on('error', () => {});
    const direct = takeMessagesDirectly(socket, stream as TLSSocket, MAX_BYTES, (data, binary) =>
      taken.push(`${binary ? 'bytes' : 'text'} ${data.toString('latin1')}`),
    );
    opened.resolve({ socket, stream: stream as TLSSocket, direct, taken });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, rejectUnauthorized: false });
  t.teardown(async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  client.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  client.resume();
  return { client, ...(await opened.promise) };
}

t.test('reads are taken directly with the Node and the ws that are installed', async (t) => {
  const { client, direct, taken, socket } = await line(t);
  t.equal(direct, true);
  // Whatever ws is asked while the event is past it would show here.
  let events = 0;
  socket.on('message', () => events++);
  for (const text of ['one', 'two']) client.write(frame('text', text));
  client.write(frame('binary', 'three'));
  await eventually(() => taken.length === 3);
  t.same(taken, ['text one', 'text two', 'bytes three']);
  t.equal(events, 0, 'past the events of ws');
});

t.test('however frames are cut and mixed, messages come whole, once and in order', async (t) => {
  const { client, taken, socket } = await line(t);
  const piece = fc.record({
    kind: fc.constantFrom('text', 'text', 'text', 'binary', 'ping'),
    length: fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 1_000 })),
    mask: fc.nat(),
    pieces: fc.constantFrom(1, 1, 1, 2),
    cutAt: fc.option(fc.nat({ max: 1_000 }), { freq: 3 }),
    pause: fc.boolean(),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 30 }), async (pieces) => {
      run += 1;
      taken.length = 0;
      const expected: string[] = [];
      for (const { kind, length, mask, cutAt, pause, ...rest } of pieces as ((typeof pieces)[number] & {
        kind: keyof typeof OPCODES;
      })[]) {
        const payload = kind === 'ping' ? 'ping' : `${run}:${expected.length}:`.padEnd(length, 'x');
        let bytes = frame(kind, payload, mask);
        if (kind !== 'ping') expected.push(`${kind === 'text' ? 'text' : 'bytes'} ${payload}`);
        if (kind === 'text' && rest.pieces === 2) {
          const rest = frame('text', payload.slice(1), mask);
          rest[0] = 0x80;
          bytes = Buffer.concat([frame('text', payload.slice(0, 1), mask, false), rest]);
        }
        if (pause) socket.pause();
        const cut = Math.min(bytes.length, cutAt ?? bytes.length);
        client.write(bytes.subarray(0, cut));
        if (cutAt !== null) await new Promise((resolve) => setImmediate(resolve));
        client.write(bytes.subarray(cut));
        if (pause) setTimeout(() => socket.resume(), 1);
      }
      await eventually(() => taken.length >= expected.length).catch(() => {});
      t.strictSame(taken, expected);
    }),
    { numRuns: 60 },
  );
});

t.test('a burst of more than a read takes is cut anywhere, and comes whole', async (t) => {
  const { client, taken } = await line(t);
  const messages = Array.from({ length: 5_000 }, (_, i) => `{"seq":${i}}`.padEnd(60 + (i % 90)));
  client.write(Buffer.concat(messages.map((text, i) => frame('text', text, i * 7_919))));
  await eventually(() => taken.length >= messages.length);
  t.strictSame(
    taken,
    messages.map((text) => `text ${text}`),
  );
});

t.test('what is read while a message is taken comes after the rest of the read it was in', async (t) => {
  const { client, taken, socket, stream } = await line(t);
  await eventually(() => socket.readyState === socket.OPEN);
  let nested = false;
  socket.on('ping', () => taken.push('ping'));
  const push = taken.push.bind(taken);
  taken.push = (...texts) => {
    if (!nested) {
      nested = true;
      for (const bytes of [frame('text', 'fourth'), frame('ping', ''), frame('text', 'last')])
        stream.push(bytes);
    }
    return push(...texts);
  };
  client.write(Buffer.concat(['first', 'second', 'third'].map((text) => frame('text', text))));
  await eventually(() => taken.length === 6);
  t.same(taken, ['text first', 'text second', 'text third', 'text fourth', 'ping', 'text last']);
});

t.test('what is not UTF-8, too long or not masked ends the connection as ws ends it', async (t) => {
  for (const [bytes, code] of [
    [frame('text', Buffer.from([0x61, 0xff])), 1007],
    [Buffer.concat([frame('text', 'good'), frame('text', Buffer.from([0xc3, 0x28]))]), 1007],
    [frame('text', 'x'.repeat(MAX_BYTES + 1)), 1009],
    [Buffer.from([0x81, 0x01, 0x61]), 1002],
  ] as const) {
    const { client, taken, socket } = await line(t);
    const said: Buffer[] = [];
    client.on('data', (data: Buffer) => said.push(data));
    client.write(frame('text', '\u00e9'));
    client.write(bytes);
    await eventually(() => socket.readyState !== socket.OPEN);
    const closing = Buffer.from([0x88, 0x02, code >> 8, code & 0xff]);
    await eventually(() => Buffer.concat(said).includes(closing));
    t.equal(taken[0], `text ${Buffer.from('\u00e9').toString('latin1')}`);
    t.ok(taken.length <= 2, 'nothing of what is wrong');
  }
});
