import type { DecodeOptions } from 'cborg';

type ReadElement = (view: DataView, offset: number) => number;

/** Numeric typed-array tags of RFC 8746, section 2.1, except the 64-bit integers and binary128. */
const ELEMENTS: Readonly<Record<number, { readonly bytes: number; readonly read: ReadElement }>> = {
  64: { bytes: 1, read: (v, o) => v.getUint8(o) },
  65: { bytes: 2, read: (v, o) => v.getUint16(o, false) },
  66: { bytes: 4, read: (v, o) => v.getUint32(o, false) },
  68: { bytes: 1, read: (v, o) => v.getUint8(o) },
  69: { bytes: 2, read: (v, o) => v.getUint16(o, true) },
  70: { bytes: 4, read: (v, o) => v.getUint32(o, true) },
  72: { bytes: 1, read: (v, o) => v.getInt8(o) },
  73: { bytes: 2, read: (v, o) => v.getInt16(o, false) },
  74: { bytes: 4, read: (v, o) => v.getInt32(o, false) },
  77: { bytes: 2, read: (v, o) => v.getInt16(o, true) },
  78: { bytes: 4, read: (v, o) => v.getInt32(o, true) },
  80: { bytes: 2, read: (v, o) => v.getFloat16(o, false) },
  81: { bytes: 4, read: (v, o) => v.getFloat32(o, false) },
  82: { bytes: 8, read: (v, o) => v.getFloat64(o, false) },
  84: { bytes: 2, read: (v, o) => v.getFloat16(o, true) },
  85: { bytes: 4, read: (v, o) => v.getFloat32(o, true) },
  86: { bytes: 8, read: (v, o) => v.getFloat64(o, true) },
};

/** cborg tag decoders that turn every numeric typed array (RFC 8746) into doubles, whatever its byte order. */
export function typedArrayTags(): NonNullable<DecodeOptions['tags']> {
  const tags: NonNullable<DecodeOptions['tags']> = [];
  for (const [tag, { bytes, read }] of Object.entries(ELEMENTS)) {
    tags[Number(tag)] = (decode: () => unknown): Float64Array => {
      const data = decode();
      if (!(data instanceof Uint8Array) || data.byteLength % bytes !== 0)
        throw new TypeError(`tag ${tag} holds a byte string of whole elements`);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const values = new Float64Array(data.byteLength / bytes);
      for (let i = 0; i < values.length; i++) values[i] = read(view, i * bytes);
      return values;
    };
  }
  return tags;
}
