import fc from 'fast-check';
import t from 'tap';
import {
  CBOR_SUBPROTOCOL,
  DEVICE_SUBPROTOCOLS,
  type DeviceSubprotocol,
  deviceCodec,
  JSON_SUBPROTOCOL,
  serverCodecs,
} from '../../src/protocol/device-codec.ts';
import type { DeviceFrame } from '../../src/protocol/device-frames.ts';
import { deviceFrame, serverFrame } from './device-frames-arbitrary.ts';

const servers = serverCodecs();
const isBinary = (subprotocol: DeviceSubprotocol): boolean => subprotocol === CBOR_SUBPROTOCOL;
/** As the socket hands it over: always bytes, and whether the frame was binary. */
const onTheWire = (encoded: string | Uint8Array): Uint8Array => Buffer.from(encoded as Uint8Array);

/** Objects without a prototype, typed arrays and the like look the same once they are JSON. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part) => (ArrayBuffer.isView(part) ? Array.from(part as Float64Array) : part)),
  );

for (const subprotocol of DEVICE_SUBPROTOCOLS) {
  const device = deviceCodec(subprotocol);
  const server = servers[subprotocol];
  const binary = isBinary(subprotocol);

  t.test(`${subprotocol}: the server reads every frame a device writes`, async (t) => {
    fc.assert(
      fc.property(deviceFrame, (frame) => {
        const decoded = server.decode(onTheWire(device.encode(frame)), binary);
        t.ok(decoded.ok);
        if (decoded.ok) t.strictSame(plain(decoded.frame), plain(frame));
      }),
      { numRuns: 200 },
    );
  });

  t.test(`${subprotocol}: the device reads every frame the server writes`, async (t) => {
    fc.assert(
      fc.property(serverFrame, (frame) => {
        const decoded = device.decode(onTheWire(server.encode(frame)), binary);
        t.ok(decoded.ok, decoded.ok ? 'read' : decoded.problem);
        if (decoded.ok) t.strictSame(plain(decoded.frame), plain(frame));
      }),
      { numRuns: 200 },
    );
  });

  t.test(`${subprotocol}: values in a typed array arrive as the same numbers`, async (t) => {
    for (const values of [
      Float64Array.of(0.1, -2.5, 1e300),
      Float32Array.of(0.5, -1.25),
      Int16Array.of(-7, 9),
    ]) {
      const frame: DeviceFrame = { type: 'waveform', seq: 1, signal: 'ppg', t: 5, rate_hz: 25, values };
      const decoded = server.decode(onTheWire(device.encode(frame)), binary);
      t.ok(decoded.ok, values.constructor.name);
      if (decoded.ok && decoded.frame.type === 'waveform')
        t.same(Array.from(decoded.frame.values), Array.from(values), values.constructor.name);
    }
  });

  t.test(`${subprotocol}: any bytes are read or refused, never thrown at`, async (t) => {
    let refused = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, asBinary) => {
        const decoded = server.decode(bytes, asBinary);
        if (!decoded.ok) refused++;
        return typeof decoded.ok === 'boolean';
      }),
      { numRuns: 2_000 },
    );
    t.equal(refused, 2_000, 'and noise is not a frame');
  });

  t.test(`${subprotocol}: a frame with damaged bytes is read or refused, never thrown at`, async () => {
    const damage = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { minLength: 1 });
    fc.assert(
      fc.property(deviceFrame, damage, (frame, changes) => {
        const bytes = Uint8Array.from(onTheWire(device.encode(frame)));
        for (const { at, to } of changes) bytes[at % bytes.length] = to;
        return typeof server.decode(bytes, binary).ok === 'boolean';
      }),
      { numRuns: 1_000 },
    );
  });

  t.test(`${subprotocol}: the other kind of WebSocket frame is refused`, async (t) => {
    const bytes = onTheWire(device.encode({ type: 'status', seq: 1 }));
    t.match(server.decode(bytes, !binary), { ok: false, problem: /takes (text|binary) frames/ });
    t.match(server.decode(bytes, binary), { ok: true });
  });
}

t.test('JSON is read from a string as from its bytes', async (t) => {
  const { decode } = servers[JSON_SUBPROTOCOL];
  t.same(decode('{"type":"status","seq":3}', false), { ok: true, frame: { type: 'status', seq: 3 } });
  t.match(servers[CBOR_SUBPROTOCOL].decode('{"type":"status","seq":3}', true), { ok: false });
});

t.test('the server codecs reject what only a server sends, and the other way round', async (t) => {
  t.match(servers[JSON_SUBPROTOCOL].decode('{"type":"ack","seq":3}', false), {
    ok: false,
    problem: 'unknown type: known are hello, vitals, waveform, status, result, refresh',
  });
  t.match(deviceCodec(JSON_SUBPROTOCOL).decode('{"type":"status","seq":3}', false), {
    ok: false,
    problem: /^unknown type: known are welcome, ack, /,
  });
});
