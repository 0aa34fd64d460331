import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedFrame } from '../../scripts/fuzz/corpus.ts';
import { FuzzRandom } from '../../scripts/fuzz/fuzz-random.ts';
import { damageBytes } from '../../scripts/fuzz/input/damage-bytes.ts';
import type { FrameSchemas } from '../../scripts/fuzz/input/schema.ts';
import { validValue } from '../../scripts/fuzz/input/valid-value.ts';
import { deviceSide, feedSide, SETTING } from '../../scripts/fuzz/targets/codec-target.ts';
import {
  CBOR_SUBPROTOCOL,
  type DeviceSubprotocol,
  deviceCodec,
  JSON_SUBPROTOCOL,
} from '../../src/protocol/device-codec.ts';
import { DEVICE_TO_SERVER, type DeviceFrame } from '../../src/protocol/device-frames.ts';
import { CLIENT_TO_FEED } from '../../src/protocol/feed-commands.ts';

/**
 * `node test/fuzz/write-corpus.ts` writes the recorded corpus anew, after a frame was added or changed: for each codec, frames
 * of every type as the product's own encoders write them, and each of them damaged.
 */

const PER_TYPE = 3;
const DAMAGED_PER_FRAME = 2;

type Encode = (frame: object) => Uint8Array;

function deviceEncode(subprotocol: DeviceSubprotocol): Encode {
  const { encode } = deviceCodec(subprotocol);
  return (frame) => Buffer.from(encode(frame as DeviceFrame) as Uint8Array);
}

function framesOf(schemas: FrameSchemas, random: FuzzRandom): readonly { name: string; frame: object }[] {
  return Object.entries(schemas).flatMap(([type, schema]) =>
    Array.from({ length: PER_TYPE }, (_, i) => ({
      name: `${type} ${i + 1}`,
      frame: validValue(schema, random, SETTING) as object,
    })),
  );
}

/** The corpus, the same each time. */
export function makeCorpus(): readonly RecordedFrame[] {
  const device = DEVICE_TO_SERVER as unknown as FrameSchemas;
  const feed = CLIENT_TO_FEED as unknown as FrameSchemas;
  const kinds = [
    {
      codec: 'device-json',
      schemas: device,
      encode: deviceEncode(JSON_SUBPROTOCOL),
      side: deviceSide(JSON_SUBPROTOCOL),
    },
    {
      codec: 'device-cbor',
      schemas: device,
      encode: deviceEncode(CBOR_SUBPROTOCOL),
      side: deviceSide(CBOR_SUBPROTOCOL),
    },
    {
      codec: 'feed',
      schemas: feed,
      encode: (frame: object) => Buffer.from(JSON.stringify(frame)),
      side: feedSide(),
    },
  ] as const;
  return kinds.flatMap(({ codec, schemas, encode, side }, kind) => {
    const random = new FuzzRandom(1, kind);
    const record = (name: string, data: Uint8Array): RecordedFrame => {
      const { ok } = side.decode(data, codec === 'device-cbor');
      return { name, codec, accepted: ok, data };
    };
    return framesOf(schemas, random).flatMap(({ name, frame }) => {
      const data = encode(frame);
      const damaged = Array.from({ length: DAMAGED_PER_FRAME }, (_, i) =>
        record(`${name}, damaged ${i + 1}`, damageBytes(data, random, data)),
      );
      return [record(name, data), ...damaged];
    });
  });
}

/** A frame as its line in the file. */
export function corpusLine({ data, ...rest }: RecordedFrame): string {
  return `${JSON.stringify({ ...rest, base64: Buffer.from(data).toString('base64') })}\n`;
}

if (import.meta.main) {
  const path = join(import.meta.dirname, 'corpus/frames.ndjson');
  writeFileSync(path, makeCorpus().map(corpusLine).join(''));
}
