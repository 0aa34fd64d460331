import * as cborg from 'cborg';
import { createPerson } from '../../simulate/person.ts';
import { SYNTHETIC_RATES, type SyntheticSignal, WaveformSource } from '../../simulate/waveform-source.ts';

/** A second of a trace as a wearable sends it, in both encodings, made before anything is measured. */
export interface WaveformChunk {
  readonly signal: SyntheticSignal;
  readonly rate: number;
  readonly values: readonly number[];
  /** The values as an array in JSON, with the four decimals that the simulator's wearables send. */
  readonly json: string;
  /** The key `values` and a typed array of little-endian 32-bit floats (RFC 8746, tag 85): the end of a CBOR map. */
  readonly cbor: Buffer;
}

const CHUNK_MS = 1_000;
/** Some moment, the same in each run: what is sent is the same then. */
const BEGIN = 1_772_438_400_000;
/** RFC 8949 section 3.4 and RFC 8746 section 2.1: tag 85 in its two bytes. */
const FLOAT32_LITTLE_ENDIAN = Uint8Array.of(0xd8, 85);

/** `seconds` of one person's trace, a chunk a second. */
export function waveformChunks(
  signal: SyntheticSignal,
  seconds: number,
  seed: number,
): readonly WaveformChunk[] {
  const source = new WaveformSource(createPerson({ seed, startAt: BEGIN, artefacts: false }), seed);
  return Array.from({ length: seconds }, (_, i) => {
    const { values } = source.chunk(signal, BEGIN + i * CHUNK_MS, CHUNK_MS);
    return {
      signal,
      rate: SYNTHETIC_RATES[signal],
      values,
      json: JSON.stringify(values),
      cbor: packed(values),
    };
  });
}

function packed(values: readonly number[]): Buffer {
  const bytes = new DataView(new ArrayBuffer(values.length * Float32Array.BYTES_PER_ELEMENT));
  for (const [i, value] of values.entries()) bytes.setFloat32(i * 4, value, true);
  return Buffer.concat([
    cborg.encode('values'),
    FLOAT32_LITTLE_ENDIAN,
    cborg.encode(new Uint8Array(bytes.buffer)),
  ]);
}
