import {
  CBOR_SUBPROTOCOL,
  type DeviceSubprotocol,
  deviceCodec,
  JSON_SUBPROTOCOL,
  serverCodecs,
} from '../../../src/protocol/device-codec.ts';
import { DEVICE_TO_SERVER, type DeviceFrame } from '../../../src/protocol/device-frames.ts';
import { feedCommandReader } from '../../../src/protocol/feed-codec.ts';
import { CLIENT_TO_FEED } from '../../../src/protocol/feed-commands.ts';
import type { Finding, FuzzCase, FuzzTarget, Tally } from '../fuzz-case.ts';
import { FuzzRandom } from '../fuzz-random.ts';
import { type FrameSource, hostileFrame } from '../input/hostile-frame.ts';
import type { FrameSchemas } from '../input/schema.ts';
import type { Setting } from '../input/valid-value.ts';
import { type Codec, judgeCodec } from '../oracle/codec-oracle.ts';

/** Frames are as wide of the mark as their times are of this; no clock reads it. */
export const SETTING: Setting = {
  now: 1_772_438_401_000,
  names: ['p1', 'p2', 'd-1', 'ward-a', 'X'.repeat(64)],
};

export interface TargetOptions {
  readonly seed: number;
  readonly corpus: readonly Uint8Array[];
}

const bytesOf = (encoded: string | Uint8Array): Uint8Array =>
  typeof encoded === 'string' ? Buffer.from(encoded) : encoded;

/** What a server reads devices' frames with. */
export function deviceSide(subprotocol: DeviceSubprotocol): Codec {
  const { decode } = serverCodecs()[subprotocol];
  const { encode } = deviceCodec(subprotocol);
  return {
    // TypeBox schemas are JSON Schema, which their type does not say.
    schemas: DEVICE_TO_SERVER as unknown as FrameSchemas,
    decode,
    encode: (frame) => bytesOf(encode(frame as DeviceFrame)),
  };
}

/** What the feed reads clinicians' commands with: the gateway hands it text. */
export function feedSide(): Codec {
  const read = feedCommandReader();
  return {
    schemas: CLIENT_TO_FEED as unknown as FrameSchemas,
    decode: (data) => read(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')),
    encode: (frame) => Buffer.from(JSON.stringify(frame)),
  };
}

/** A codec, one frame a case. */
class CodecTarget implements FuzzTarget {
  readonly name: string;
  readonly #codec: Codec;
  readonly #source: FrameSource;
  readonly #seed: number;

  constructor(
    name: string,
    codec: Codec,
    encoding: FrameSource['encoding'],
    { seed, corpus }: TargetOptions,
  ) {
    this.name = name;
    this.#codec = codec;
    this.#seed = seed;
    this.#source = { schemas: codec.schemas, encoding, corpus };
  }

  make(index: number): FuzzCase {
    const random = new FuzzRandom(this.#seed, index);
    const data = hostileFrame(this.#source, random, SETTING);
    const binary = (this.#source.encoding === 'cbor') !== random.oneIn(300);
    return { target: this.name, choice: 0, at: SETTING.now, steps: [{ do: 'receive', data, binary }] };
  }

  run({ steps }: FuzzCase, tally: Tally): Finding | null {
    for (const step of steps) {
      if (step.do !== 'receive') continue;
      const finding = judgeCodec(this.#codec, step.data, step.binary, tally);
      if (finding) return finding;
    }
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

export const deviceJsonTarget = (options: TargetOptions): FuzzTarget =>
  new CodecTarget('device-json', deviceSide(JSON_SUBPROTOCOL), 'json', options);
export const deviceCborTarget = (options: TargetOptions): FuzzTarget =>
  new CodecTarget('device-cbor', deviceSide(CBOR_SUBPROTOCOL), 'cbor', options);
export const feedTarget = (options: TargetOptions): FuzzTarget =>
  new CodecTarget('feed', feedSide(), 'json', options);
