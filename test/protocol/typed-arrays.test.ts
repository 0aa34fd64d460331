import * as cborg from 'cborg';
import fc from 'fast-check';
import t from 'tap';
import { CBOR_SUBPROTOCOL, serverCodecs } from '../../src/protocol/device-codec.ts';
import { MAX_VALUES_PER_WAVEFORM } from '../../src/protocol/limits.ts';

const codec = serverCodecs()[CBOR_SUBPROTOCOL];
type Writer = (view: DataView, offset: number, value: number) => void;
/** Floats that are shorter than a double come as a decimal fraction that is the same float: by tag, what makes it one. */
const SHORT = new Map([
  ...([80, 84].map((tag) => [tag, Math.f16round]) as [number, typeof Math.f16round][]),
  ...([81, 85].map((tag) => [tag, Math.fround]) as [number, typeof Math.fround][]),
]);

/** RFC 8746 section 2.1, written down anew: tag, bytes an element, how to write one, and what values fit. */
const KINDS: readonly [tag: number, bytes: number, write: Writer, values: fc.Arbitrary<number>][] = [
  [64, 1, (v, o, x) => v.setUint8(o, x), fc.nat({ max: 255 })],
  [65, 2, (v, o, x) => v.setUint16(o, x, false), fc.nat({ max: 65_535 })],
  [66, 4, (v, o, x) => v.setUint32(o, x, false), fc.nat({ max: 2 ** 32 - 1 })],
  [68, 1, (v, o, x) => v.setUint8(o, x), fc.nat({ max: 255 })],
  [69, 2, (v, o, x) => v.setUint16(o, x, true), fc.nat({ max: 65_535 })],
  [70, 4, (v, o, x) => v.setUint32(o, x, true), fc.nat({ max: 2 ** 32 - 1 })],
  [72, 1, (v, o, x) => v.setInt8(o, x), fc.integer({ min: -128, max: 127 })],
  [73, 2, (v, o, x) => v.setInt16(o, x, false), fc.integer({ min: -32_768, max: 32_767 })],
  [74, 4, (v, o, x) => v.setInt32(o, x, false), fc.integer()],
  [77, 2, (v, o, x) => v.setInt16(o, x, true), fc.integer({ min: -32_768, max: 32_767 })],
  [78, 4, (v, o, x) => v.setInt32(o, x, true), fc.integer()],
  [80, 2, (v, o, x) => v.setFloat16(o, x, false), fc.integer({ min: -2_048, max: 2_048 })],
  [81, 4, (v, o, x) => v.setFloat32(o, x, false), fc.float({ noNaN: true, noDefaultInfinity: true })],
  [82, 8, (v, o, x) => v.setFloat64(o, x, false), fc.double({ noNaN: true, noDefaultInfinity: true })],
  [84, 2, (v, o, x) => v.setFloat16(o, x, true), fc.integer({ min: -2_048, max: 2_048 })],
  [85, 4, (v, o, x) => v.setFloat32(o, x, true), fc.float({ noNaN: true, noDefaultInfinity: true })],
  [86, 8, (v, o, x) => v.setFloat64(o, x, true), fc.double({ noNaN: true, noDefaultInfinity: true })],
];

/** A waveform frame whose `values` are the given bytes of CBOR. */
function frameWith(values: Uint8Array): Uint8Array {
  const rest = cborg.encode({ type: 'waveform', seq: 1, signal: 'ecg_ii', t: 7, rate_hz: 250 });
  const map = Buffer.concat([rest, cborg.encode('values'), values]);
  map[0] = (map[0] ?? 0) + 1;
  return map;
}

function tagged(tag: number, content: Uint8Array): Uint8Array {
  return frameWith(Buffer.concat([Buffer.of(0xd8, tag), cborg.encode(content)]));
}

for (const [tag, bytes, write, value] of KINDS) {
  t.test(`tag ${tag} arrives as the numbers that were sent`, async (t) => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (values) => {
        const content = new Uint8Array(values.length * bytes);
        const view = new DataView(content.buffer);
        for (const [i, x] of values.entries()) write(view, i * bytes, x);
        const decoded = codec.decode(tagged(tag, content), true);
        t.ok(decoded.ok && decoded.frame.type === 'waveform');
        if (decoded.ok && decoded.frame.type === 'waveform')
          t.strictSame(Array.from(decoded.frame.values, SHORT.get(tag) ?? Number), values);
      }),
      { numRuns: 30 },
    );
  });
}

t.test('a typed array of half an element is refused', async (t) => {
  for (const [tag, bytes] of KINDS.filter(([, size]) => size > 1))
    t.match(codec.decode(tagged(tag, new Uint8Array(bytes + 1)), true), { ok: false }, `tag ${tag}`);
});

t.test('a tag that holds no byte string is refused', async (t) => {
  t.match(codec.decode(frameWith(Buffer.concat([Buffer.of(0xd8, 85), cborg.encode([1, 2])])), true), {
    ok: false,
  });
  t.match(codec.decode(frameWith(Buffer.concat([Buffer.of(0xd8, 85), cborg.encode('abcd')])), true), {
    ok: false,
  });
});

t.test('64-bit integers, clamped bytes past the table and binary128 are refused', async (t) => {
  for (const tag of [67, 71, 75, 76, 79, 83, 87])
    t.match(codec.decode(tagged(tag, new Uint8Array(16)), true), { ok: false }, `tag ${tag}`);
});

t.test('a byte string without a tag is not an array of numbers', async (t) => {
  t.match(codec.decode(frameWith(cborg.encode(Uint8Array.of(1, 2, 3))), true), { ok: false });
});

t.test('a typed array holds 1 to 2,000 values', async (t) => {
  const of = (values: number) => codec.decode(tagged(85, new Uint8Array(values * 4)), true);
  t.match(of(0), { ok: false, problem: /1 to 2000/ });
  t.match(of(1), { ok: true });
  t.match(of(MAX_VALUES_PER_WAVEFORM), { ok: true });
  t.match(of(MAX_VALUES_PER_WAVEFORM + 1), { ok: false, problem: /1 to 2000/ });
});

t.test('the rest of a waveform frame is checked whatever its values are', async (t) => {
  const bytes = cborg.encode({ type: 'waveform', seq: 0, signal: 'ppg', t: 1, rate_hz: 25 });
  const frame = Buffer.concat([bytes, cborg.encode('values'), Buffer.of(0xd8, 64, 0x41, 5)]);
  frame[0] = (frame[0] ?? 0) + 1;
  t.match(codec.decode(frame, true), { ok: false, problem: /^waveform\.seq / });
});
