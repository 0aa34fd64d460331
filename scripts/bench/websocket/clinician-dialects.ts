import { randomUUID } from 'node:crypto';
import { FEED_SUBPROTOCOL } from '../../../src/protocol/feed-codec.ts';
import type { Dialect } from '../load/dialect.ts';
import { maskedFrame, OPCODE } from '../load/masked-frame.ts';
import { productDialect } from '../load/product-dialect.ts';

/** Below 80 %, which alarms at once. */
const BREACH_SPO2 = 75;
const SNAPSHOT = Buffer.from('{"type":"snapshot"');
const ALARM = Buffer.from('{"type":"alarm"');

/** A wearable whose next frame is a breach when its name is in `breaching`, and that is well otherwise. */
export function breachingDialect(breaching: Set<string>, ackIntervalMs: number): Dialect {
  const product = productDialect(ackIntervalMs);
  return {
    ...product,
    begin: (peer) => {
      const conversation = product.begin(peer);
      const breach = (seq: number, t: number): string =>
        JSON.stringify({ type: 'vitals', seq, samples: [{ t, spo2: BREACH_SPO2 }] });
      return {
        opening: conversation.opening,
        hear: conversation.hear,
        frame: (seq, t) =>
          breaching.delete(peer.device)
            ? maskedFrame(OPCODE.text, breach(seq, t))
            : conversation.frame(seq, t),
      };
    },
  };
}

/** A clinician's feed of one patient. `onAlarm` is told of each alarm event. */
export function feedDialect(patient: string, onAlarm: () => void): Dialect {
  const subscribe = { type: 'subscribe', id: randomUUID(), patients: [patient] };
  const begins = (payload: Buffer, begin: Buffer): boolean => payload.subarray(0, begin.length).equals(begin);
  return {
    upgrade: { path: '/v1/feed', subprotocol: FEED_SUBPROTOCOL },
    begin: () => ({
      opening: maskedFrame(OPCODE.text, JSON.stringify(subscribe)),
      frame: () => Buffer.alloc(0),
      hear: (opcode, payload) => {
        if (opcode !== OPCODE.text) return null;
        if (begins(payload, ALARM)) onAlarm();
        return begins(payload, SNAPSHOT) ? { kind: 'ready' } : null;
      },
    }),
  };
}
