import { randomUUID } from 'node:crypto';
import * as cborg from 'cborg';
import { CBOR_SUBPROTOCOL, JSON_SUBPROTOCOL } from '../../../src/protocol/device-codec.ts';
import { SYNTHETIC_RATES } from '../../simulate/waveform-source.ts';
import type { Dialect, Heard } from './dialect.ts';
import { maskedFrame, OPCODE, type Opcode } from './masked-frame.ts';
import { vitalsText } from './vitals-text.ts';
import { type WaveformChunk, waveformChunks } from './waveform-chunks.ts';

export type WaveformEncoding = 'json' | 'cbor';

/** Frames that each device sends a second, in turn: an ECG chunk, a PPG chunk, one moment of vitals. */
export const FRAMES_PER_DEVICE = 3;
/** Values of traces a second of one device. */
export const VALUES_PER_DEVICE = SYNTHETIC_RATES.ecg_ii + SYNTHETIC_RATES.ppg;
/** Long enough that values vary as measured ones do; they come again after it. */
const TRACE_SECONDS = 16;
const SEED = 11;
/** RFC 8949 section 3.1: a map of so many pairs, while there are fewer than 24. */
const MAP = 0xa0;

interface Encoding {
  readonly subprotocol: string;
  readonly opcode: Opcode;
  readonly hello: (hello: object) => string | Uint8Array;
  readonly vitals: (seq: number, t: number) => string | Uint8Array;
  readonly waveform: (seq: number, t: number, chunk: WaveformChunk) => string | Uint8Array;
  readonly read: (payload: Buffer) => unknown;
}

const JSON_ENCODING: Encoding = {
  ...{ subprotocol: JSON_SUBPROTOCOL, opcode: OPCODE.text, hello: (hello) => JSON.stringify(hello) },
  vitals: vitalsText,
  waveform: (seq, t, { signal, rate, json }) =>
    `{"type":"waveform","seq":${seq},"signal":"${signal}","t":${t},"rate_hz":${rate},"values":${json}}`,
  read: (payload) => JSON.parse(payload.toString('utf8')),
};

const CBOR_ENCODING: Encoding = {
  ...{ subprotocol: CBOR_SUBPROTOCOL, opcode: OPCODE.binary, hello: (hello) => cborg.encode(hello) },
  vitals: (seq, t) => cborg.encode(JSON.parse(vitalsText(seq, t))),
  waveform: (seq, t, { signal, rate, cbor }) => {
    const rest = { type: 'waveform', seq, signal, t, rate_hz: rate };
    const bytes = Buffer.concat([cborg.encode(rest), cbor]);
    bytes[0] = MAP | (Object.keys(rest).length + 1);
    return bytes;
  },
  read: (payload) => cborg.decode(new Uint8Array(payload)),
};

/** A wearable that streams ECG at 250 Hz and PPG at 125 Hz, a chunk a second of each, and vitals once a second. */
export function waveformDialect(encoding: WaveformEncoding, ackIntervalMs: number): Dialect {
  const { subprotocol, opcode, hello, vitals, waveform, read } =
    encoding === 'json' ? JSON_ENCODING : CBOR_ENCODING;
  const traces = [waveformChunks('ecg_ii', TRACE_SECONDS, SEED), waveformChunks('ppg', TRACE_SECONDS, SEED)];
  return {
    upgrade: { path: '/v1/stream', subprotocol },
    begin: () => ({
      opening: maskedFrame(
        opcode,
        hello({
          type: 'hello',
          stream: randomUUID(),
          time: Date.now(),
          ack_interval_ms: ackIntervalMs,
        }),
      ),
      frame: (seq, t) => {
        const turn = Math.floor((seq - 1) / FRAMES_PER_DEVICE);
        const chunk = traces[(seq - 1) % FRAMES_PER_DEVICE]?.[turn % TRACE_SECONDS];
        return maskedFrame(opcode, chunk === undefined ? vitals(seq, t) : waveform(seq, t, chunk));
      },
      hear: (heardOpcode, payload) => (heardOpcode === opcode ? heard(read(payload)) : null),
    }),
  };
}

function heard(frame: unknown): Heard | null {
  const { type, seq } = frame as { readonly type: string; readonly seq?: number };
  switch (type) {
    case 'ack':
      return { kind: 'acked', seq: seq ?? 0 };
    case 'welcome':
      return { kind: 'ready' };
    case 'reject':
    case 'resend':
      return { kind: 'refused', what: JSON.stringify(frame) };
    default:
      return null;
  }
}
