import * as cborg from 'cborg';
import { shortestDecimals } from './shortest-decimals.ts';

/** RFC 8746 section 2.1: floats of 32 and of 64 bits, the lowest byte first. */
const FLOAT32_LITTLE_ENDIAN = 85;
const FLOAT64_LITTLE_ENDIAN = 86;

type Floats = Float32Array | Float64Array;

/**
 * The values in a typed array, of half the bytes where that loses nothing: where a reader that takes the shortest decimals
 * of each float, as the server does, reads the same numbers.
 */
export function typedArrayOf(values: ArrayLike<number>): Floats {
  if (values instanceof Float32Array) return values;
  const exact = Float64Array.from(values);
  const short = Float32Array.from(exact);
  const read = new Float64Array(short);
  shortestDecimals(read, Math.fround);
  return read.every((value, i) => Object.is(value, exact[i])) ? short : exact;
}

function encoder(tag: number, write: (view: DataView, at: number, value: number) => void, bytes: number) {
  return (values: Floats): cborg.Token[] => {
    const content = new Uint8Array(values.length * bytes);
    const view = new DataView(content.buffer);
    for (let i = 0; i < values.length; i++) write(view, i * bytes, values[i] ?? Number.NaN);
    return [new cborg.Token(cborg.Type.tag, tag), new cborg.Token(cborg.Type.bytes, content)];
  };
}

/** cborg encoders that write typed arrays of floats as RFC 8746 has them: on their own they would be mere byte strings. */
export const TYPED_ARRAY_ENCODERS: NonNullable<cborg.EncodeOptions['typeEncoders']> = {
  Float32Array: encoder(FLOAT32_LITTLE_ENDIAN, (view, at, value) => view.setFloat32(at, value, true), 4),
  Float64Array: encoder(FLOAT64_LITTLE_ENDIAN, (view, at, value) => view.setFloat64(at, value, true), 8),
};
