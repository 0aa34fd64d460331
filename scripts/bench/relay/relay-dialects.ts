import { FEED_SUBPROTOCOL } from '../../../src/protocol/feed-codec.ts';
import type { Dialect } from '../load/dialect.ts';
import { maskedFrame, OPCODE } from '../load/masked-frame.ts';
import { productDialect } from '../load/product-dialect.ts';
import { breachText } from './breach-text.ts';

/** As often as the wearables of the load ask for them. */
const ACK_INTERVAL_MS = 2_000;
const SNAPSHOT = Buffer.from('{"type":"snapshot"');

/** A wearable of the product whose every frame is a breach. */
export const BREACHING_WEARABLE: Dialect = {
  ...productDialect(ACK_INTERVAL_MS),
  begin: (peer) => ({
    ...productDialect(ACK_INTERVAL_MS).begin(peer),
    frame: (seq, t) => maskedFrame(OPCODE.text, breachText(seq, t)),
  }),
};

/** Sends a baseline what it is to relay: the same frames, or `texts` each time. */
export function publisher(texts: readonly string[] | null): Dialect {
  const frames =
    texts && Buffer.concat(texts.map((text) => maskedFrame(OPCODE.text, Buffer.from(text, 'utf8'))));
  return {
    upgrade: { path: '/publish', subprotocol: null },
    begin: () => ({
      opening: null,
      frame: (seq, t) => frames ?? maskedFrame(OPCODE.text, breachText(seq, t)),
      hear: () => null,
    }),
  };
}

/**
 * A clinician who watches a ward. What a connection sends is that it has every alarm up to a cursor, which stands where
 * the time does in a wearable's frames.
 * @param onMessage each message; its payload is good until the call returns
 */
export function feedDialect(ward: string, onMessage: (payload: Buffer) => void): Dialect {
  return {
    upgrade: { path: '/v1/feed', subprotocol: FEED_SUBPROTOCOL },
    begin: () => ({
      opening: maskedFrame(OPCODE.text, JSON.stringify({ type: 'subscribe', ward })),
      frame: (_, cursor) =>
        maskedFrame(OPCODE.text, JSON.stringify({ type: 'received', cursor: String(cursor) })),
      hear: (opcode, payload) => {
        if (opcode !== OPCODE.text) return null;
        if (beginsWith(payload, SNAPSHOT)) return { kind: 'ready' };
        onMessage(payload);
        return null;
      },
    }),
  };
}

/** Whether a message begins with these bytes. */
export function beginsWith(payload: Buffer, begin: Buffer): boolean {
  return payload.length >= begin.length && payload.compare(begin, 0, begin.length, 0, begin.length) === 0;
}
