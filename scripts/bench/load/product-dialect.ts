import { randomUUID } from 'node:crypto';
import { JSON_SUBPROTOCOL } from '../../../src/protocol/device-codec.ts';
import { ackedSeq } from './acked-seq.ts';
import { BulkText } from './bulk-text.ts';
import type { Conversation, Dialect, Heard } from './dialect.ts';
import { maskedFrame, OPCODE } from './masked-frame.ts';
import { vitalsText } from './vitals-text.ts';

/**
 * A wearable as docs/protocol.md has it.
 * @param ackIntervalMs as in `hello`
 * @param samples of a frame: the last is of the moment that it is sent at
 */
export function productDialect(ackIntervalMs: number, samples = 1): Dialect {
  const textOf = (): ((seq: number, t: number) => string) => {
    if (samples === 1) return vitalsText;
    const bulk = new BulkText(samples);
    return (seq, t) => bulk.frame(seq, t);
  };
  const conversation = (text: (seq: number, t: number) => string): Conversation => ({
    opening: maskedFrame(
      OPCODE.text,
      JSON.stringify({
        type: 'hello',
        stream: randomUUID(),
        time: Date.now(),
        ack_interval_ms: ackIntervalMs,
      }),
    ),
    frame: (seq, t) => maskedFrame(OPCODE.text, text(seq, t)),
    hear: (opcode, payload) => (opcode === OPCODE.text ? heard(payload) : null),
  });
  return {
    upgrade: { path: '/v1/stream', subprotocol: JSON_SUBPROTOCOL },
    begin: () => conversation(textOf()),
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
