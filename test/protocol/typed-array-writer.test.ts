import * as cborg from 'cborg';
import t from 'tap';
import { CBOR_SUBPROTOCOL, deviceCodec } from '../../src/protocol/device-codec.ts';

const device = deviceCodec(CBOR_SUBPROTOCOL);

/** The tag and the bytes of the values, as another implementation of RFC 8746 would see them. */
function sent(values: ArrayLike<number>): readonly [tag: number, content: Uint8Array] {
  const frame = { type: 'waveform', seq: 1, signal: 'ecg_ii', t: 5, rate_hz: 250, values } as const;
  let seen: readonly [number, Uint8Array] = [0, new Uint8Array()];
  const see = (tag: number) => (decode: () => Uint8Array) => {
    seen = [tag, decode()];
    return null;
  };
  const tags: NonNullable<cborg.DecodeOptions['tags']> = [];
  for (const tag of [85, 86]) tags[tag] = see(tag) as (typeof tags)[number];
  cborg.decode(device.encode(frame) as Uint8Array, { tags });
  return seen;
}

t.test('a trace with a few decimals goes as 32-bit floats', async (t) => {
  t.strictSame(sent([-0.015, 1]), [85, Uint8Array.of(0x8f, 0xc2, 0x75, 0xbc, 0, 0, 0x80, 0x3f)]);
});

t.test('32-bit floats go as they are', async (t) => {
  t.strictSame(sent(Float32Array.of(Math.PI)), [85, Uint8Array.of(0xdb, 0x0f, 0x49, 0x40)]);
});

t.test('a value that 32 bits do not hold has the trace go as 64-bit floats', async (t) => {
  const [tag, content] = sent([0.5, Math.PI]);
  t.equal(tag, 86);
  const view = new DataView(content.buffer, content.byteOffset);
  t.strictSame([view.getFloat64(0, true), view.getFloat64(8, true)], [0.5, Math.PI]);
});
