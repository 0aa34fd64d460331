import * as cborg from 'cborg';
import { readCbor } from './cbor-reader.ts';
import { type Decoded, frameCheck } from './decode-frame.ts';
import {
  DEVICE_TO_SERVER,
  type DeviceFrame,
  SERVER_TO_DEVICE,
  type ServerToDeviceFrame,
} from './device-frames.ts';
import { MAX_VALUES_PER_WAVEFORM } from './limits.ts';
import { TYPED_ARRAY_ENCODERS, typedArrayOf } from './typed-array-writer.ts';
import { VitalsJsonReader } from './vitals-json.ts';

export const JSON_SUBPROTOCOL = 'vitalwire.v1.json';
export const CBOR_SUBPROTOCOL = 'vitalwire.v1.cbor';
export const DEVICE_SUBPROTOCOLS = [JSON_SUBPROTOCOL, CBOR_SUBPROTOCOL] as const;
export type DeviceSubprotocol = (typeof DEVICE_SUBPROTOCOLS)[number];

/** Bytes to frames and back, for one sub-protocol. `decode` never throws. */
export interface Codec<In, Out> {
  decode(data: Uint8Array | string, binary: boolean): Decoded<In>;
  encode(frame: Out): string | Uint8Array;
}

// With a mark of byte order it is not JSON (RFC 8259 section 8.1): the decoder is not to take it away.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

function parseJson(data: Uint8Array | string, binary: boolean): Parsed {
  if (binary) return { ok: false, problem: `${JSON_SUBPROTOCOL} takes text frames` };
  try {
    return { ok: true, value: JSON.parse(typeof data === 'string' ? data : utf8.decode(data)) };
  } catch {
    return { ok: false, problem: 'not JSON' };
  }
}

function parseCbor(data: Uint8Array | string, binary: boolean): Parsed {
  if (!binary || typeof data === 'string')
    return { ok: false, problem: `${CBOR_SUBPROTOCOL} takes binary frames` };
  try {
    return { ok: true, value: readCbor(data) };
  } catch {
    // Also nesting that overflows the stack: a RangeError like any other malformed input.
    return { ok: false, problem: 'not CBOR' };
  }
}

function codec<In, Out>(
  subprotocol: DeviceSubprotocol,
  check: (value: unknown) => Decoded<In>,
): Codec<In, Out> {
  if (subprotocol === JSON_SUBPROTOCOL) {
    return {
      decode(data, binary) {
        const parsed = parseJson(data, binary);
        return parsed.ok ? check(parsed.value) : parsed;
      },
      encode: (frame) => JSON.stringify(frame),
    };
  }
  return {
    decode(data, binary) {
      const parsed = parseCbor(data, binary);
      return parsed.ok ? check(parsed.value) : parsed;
    },
    encode: (frame) => cborg.encode(frame),
  };
}

/**
 * The numbers of a waveform: a typed array as `typedArrayTags` makes it, or a plain one. A byte string without a tag is
 * neither. NaN and the infinities, which JSON has not, are let through: the chunk is rejected, the socket stays.
 */
function numbersOf(values: unknown): ArrayLike<number> | null {
  if (values instanceof Float64Array) return values;
  return Array.isArray(values) && values.every((value) => typeof value === 'number') ? values : null;
}

/** Checks the length of a waveform's numbers here, because a typed array is no array to a JSON schema. */
function waveformAware(
  check: (value: unknown) => Decoded<DeviceFrame>,
): (value: unknown) => Decoded<DeviceFrame> {
  return (value) => {
    if (typeof value !== 'object' || value === null || !('values' in value)) return check(value);
    const values = numbersOf(value.values);
    if (values === null) return check(value);
    if (values.length < 1 || values.length > MAX_VALUES_PER_WAVEFORM)
      return { ok: false, problem: `waveform.values holds 1 to ${MAX_VALUES_PER_WAVEFORM} values` };
    const frame: { values: ArrayLike<number> } = { ...value, values: [0] };
    const checked = check(frame);
    frame.values = values;
    return checked;
  };
}

/** The server's end: reads device frames, writes server frames. */
export function serverCodecs(): Readonly<Record<DeviceSubprotocol, Codec<DeviceFrame, ServerToDeviceFrame>>> {
  const check = frameCheck<DeviceFrame>(DEVICE_TO_SERVER);
  const json = codec<DeviceFrame, ServerToDeviceFrame>(JSON_SUBPROTOCOL, check);
  const plain = new VitalsJsonReader();
  return {
    [JSON_SUBPROTOCOL]: {
      encode: json.encode,
      decode(data, binary) {
        const frame = binary || !Buffer.isBuffer(data) ? null : plain.read(data);
        return frame === null ? json.decode(data, binary) : { ok: true, frame };
      },
    },
    [CBOR_SUBPROTOCOL]: codec(CBOR_SUBPROTOCOL, waveformAware(check)),
  };
}

/** A typed array would be written as an object in JSON. */
function withPlainValues(frame: DeviceFrame): DeviceFrame {
  if (frame.type !== 'waveform' || Array.isArray(frame.values)) return frame;
  return { ...frame, values: Array.from(frame.values) };
}

/** Plain numbers would take nine bytes each in CBOR, and a typed array would be a mere byte string. */
function withTypedValues(frame: DeviceFrame): DeviceFrame {
  if (frame.type !== 'waveform') return frame;
  const isPlain = Array.isArray(frame.values) && numbersOf(frame.values) === null;
  return isPlain ? frame : { ...frame, values: typedArrayOf(frame.values) };
}

/** The device's end: reads server frames, writes device frames. */
export function deviceCodec(subprotocol: DeviceSubprotocol): Codec<ServerToDeviceFrame, DeviceFrame> {
  const { decode, encode } = codec<ServerToDeviceFrame, DeviceFrame>(
    subprotocol,
    frameCheck<ServerToDeviceFrame>(SERVER_TO_DEVICE),
  );
  if (subprotocol === JSON_SUBPROTOCOL) return { decode, encode: (frame) => encode(withPlainValues(frame)) };
  return {
    decode,
    encode: (frame) => cborg.encode(withTypedValues(frame), { typeEncoders: TYPED_ARRAY_ENCODERS }),
  };
}
