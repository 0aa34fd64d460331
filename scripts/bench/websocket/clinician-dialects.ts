import { randomUUID } from 'node:crypto';
import { FEED_SUBPROTOCOL } from '../../../src/protocol/feed-codec.ts';
import type { Dialect } from '../load/dialect.ts';
import { maskedFrame, OPCODE } from '../load/masked-frame.ts';
import { productDialect } from '../load/product-dialect.ts';

/** Below 80 %, which alarms at once. */
const BREACH_SPO2 = 75;
const SNAPSHOT = Buffer.from('{"type":"snapshot"');
const ALARM = Buffer.from('{"type":"alarm"');
/** What tells the alarm that a breach here raises from one about the measurement. */
const OF_BREACH = '"vital":"spo2"';

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

/** What an alarm event says of the alarm, as far as it is needed here. */
export interface HeardAlarm {
  readonly id: string;
  readonly patient: string | null;
}

export type FeedWish = { readonly patients: readonly string[] } | { readonly ward: string };

/**
 * A clinician's feed.
 * @param onAlarm is told of each event of an alarm that a breach here raised
 * @param commands what is sent next, as text, for each frame that the connection is told to send
 */
export function feedDialect(
  wish: FeedWish,
  onAlarm: (alarm: HeardAlarm) => void,
  commands: string[] = [],
): Dialect {
  const subscribe = JSON.stringify({ type: 'subscribe', id: randomUUID(), ...wish });
  const begins = (payload: Buffer, begin: Buffer): boolean => payload.subarray(0, begin.length).equals(begin);
  return {
    upgrade: { path: '/v1/feed', subprotocol: FEED_SUBPROTOCOL },
    begin: () => ({
      opening: maskedFrame(OPCODE.text, subscribe),
      frame: () => maskedFrame(OPCODE.text, commands.shift() ?? ''),
      hear: (opcode, payload) => {
        if (opcode !== OPCODE.text) return null;
        if (begins(payload, ALARM) && payload.includes(OF_BREACH))
          onAlarm((JSON.parse(payload.toString('utf8')) as { readonly alarm: HeardAlarm }).alarm);
        return begins(payload, SNAPSHOT) ? { kind: 'ready' } : null;
      },
    }),
  };
}
