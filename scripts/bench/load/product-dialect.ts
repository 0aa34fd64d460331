import { randomUUID } from 'node:crypto';
import { JSON_SUBPROTOCOL } from '../../../src/protocol/device-codec.ts';
import { ackedSeq } from './acked-seq.ts';
import type { Dialect, Heard } from './dialect.ts';
import { maskedFrame, OPCODE } from './masked-frame.ts';
import { vitalsText } from './vitals-text.ts';

/** A wearable as docs/protocol.md has it, of one moment a frame. @param ackIntervalMs as in `hello` */
export function productDialect(ackIntervalMs: number): Dialect {
  return {
    upgrade: { path: '/v1/stream', subprotocol: JSON_SUBPROTOCOL },
    begin: () => ({
      opening: maskedFrame(
        OPCODE.text,
        JSON.stringify({
          type: 'hello',
          stream: randomUUID(),
          time: Date.now(),
          ack_interval_ms: ackIntervalMs,
        }),
      ),
      frame: (seq, t) => maskedFrame(OPCODE.text, vitalsText(seq, t)),
      hear: (opcode, payload) => (opcode === OPCODE.text ? heard(payload) : null),
    }),
  };
}

function heard(payload: Buffer): Heard | null {
  const seq = ackedSeq(payload);
  if (seq !== null) return { kind: 'acked', seq };
  const frame = JSON.parse(payload.toString('utf8')) as { readonly type: string };
  if (frame.type === 'welcome') return { kind: 'ready' };
  if (frame.type === 'reject' || frame.type === 'resend')
    return { kind: 'refused', what: payload.toString('utf8') };
  return null;
}
