import type { DecodeOptions } from 'cborg';
import { type Rounding, shortestDecimals } from './shortest-decimals.ts';

/** How the elements of a typed array lie in its bytes (RFC 8746, section 2.1). */
interface Layout {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly bigEndian: boolean;
  /** A view on whole elements in the byte order of this machine. */
  readonly view: (content: ArrayBuffer) => ArrayLike<number> & Iterable<number>;
  /** Of a float that is shorter than a double. */
  readonly rounding?: Rounding;
}

const [LITTLE, BIG] = [{ bigEndian: false }, { bigEndian: true }];
const UINT8 = { bytes: 1, view: (content: ArrayBuffer) => new Uint8Array(content) } as const;
const UINT16 = { bytes: 2, view: (content: ArrayBuffer) => new Uint16Array(content) } as const;
const UINT32 = { bytes: 4, view: (content: ArrayBuffer) => new Uint32Array(content) } as const;
const INT8 = { bytes: 1, view: (content: ArrayBuffer) => new Int8Array(content) } as const;
const INT16 = { bytes: 2, view: (content: ArrayBuffer) => new Int16Array(content) } as const;
const INT32 = { bytes: 4, view: (content: ArrayBuffer) => new Int32Array(content) } as const;
const FLOAT16 = {
  bytes: 2,
  view: (content: ArrayBuffer) => new Float16Array(content),
  rounding: Math.f16round,
} as const;
const FLOAT32 = {
  bytes: 4,
  view: (content: ArrayBuffer) => new Float32Array(content),
  rounding: Math.fround,
} as const;
const FLOAT64 = { bytes: 8, view: (content: ArrayBuffer) => new Float64Array(content) } as const;

/** Numeric typed-array tags of RFC 8746, section 2.1, except the 64-bit integers and binary128. */
const LAYOUTS: Readonly<Record<number, Layout>> = {
  64: { ...UINT8, ...BIG },
  65: { ...UINT16, ...BIG },
  66: { ...UINT32, ...BIG },
  68: { ...UINT8, ...LITTLE },
  69: { ...UINT16, ...LITTLE },
  70: { ...UINT32, ...LITTLE },
  72: { ...INT8, ...BIG },
  73: { ...INT16, ...BIG },
  74: { ...INT32, ...BIG },
  77: { ...INT16, ...LITTLE },
  78: { ...INT32, ...LITTLE },
  80: { ...FLOAT16, ...BIG },
  81: { ...FLOAT32, ...BIG },
  82: { ...FLOAT64, ...BIG },
  84: { ...FLOAT16, ...LITTLE },
  85: { ...FLOAT32, ...LITTLE },
  86: { ...FLOAT64, ...LITTLE },
};

const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** Turns the bytes of each element round, in place. */
function swap(content: ArrayBuffer, bytes: Layout['bytes']): void {
  const buffer = Buffer.from(content);
  if (bytes === 2) buffer.swap16();
  else if (bytes === 4) buffer.swap32();
  else if (bytes === 8) buffer.swap64();
}

/** @throws TypeError for bytes that are not whole elements */
function valuesOf(data: unknown, tag: string, { bytes, bigEndian, view, rounding }: Layout): Float64Array {
  if (!(data instanceof Uint8Array) || data.byteLength % bytes !== 0)
    throw new TypeError(`tag ${tag} holds a byte string of whole elements`);
  // A copy: elements need not be aligned in the message.
  const content = new Uint8Array(data).buffer;
  if (bigEndian !== IS_BIG_ENDIAN) swap(content, bytes);
  const values = new Float64Array(view(content));
  if (rounding !== undefined) shortestDecimals(values, rounding);
  return values;
}

/** cborg tag decoders that turn every numeric typed array (RFC 8746) into doubles, whatever its byte order. */
export function typedArrayTags(): NonNullable<DecodeOptions['tags']> {
  const tags: NonNullable<DecodeOptions['tags']> = [];
  for (const [tag, layout] of Object.entries(LAYOUTS))
    tags[Number(tag)] = (decode: () => unknown): Float64Array => valuesOf(decode(), tag, layout);
  return tags;
}
