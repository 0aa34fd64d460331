import * as cborg from 'cborg';
import { DEVICE_EXAMPLES } from './device-frame-examples.ts';

/** RFC 8746: little-endian binary32. */
const FLOAT32_LE = 85;

/** The example waveform as a CBOR frame whose values are a typed array, in hexadecimal. */
export function waveformAsCbor(): string {
  const { values, ...rest } = DEVICE_EXAMPLES.waveform as { readonly values: readonly number[] };
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => {
    bytes.writeFloatLE(value, at * 4);
  });
  const encoded = cborg.encode(
    { ...rest, values: bytes },
    {
      typeEncoders: {
        Uint8Array: (value: Uint8Array) => [
          new cborg.Token(cborg.Type.tag, FLOAT32_LE),
          new cborg.Token(cborg.Type.bytes, value),
        ],
      },
    },
  );
  return Buffer.from(encoded).toString('hex');
}
