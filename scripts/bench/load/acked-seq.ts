const ACK = Buffer.from('{"type":"ack","seq":');
const ZERO = 0x30;
const NINE = 0x39;

/** The number of an ack frame as the product and the acking baseline write it; null: it is another frame. Parses nothing else: acks come often. */
export function ackedSeq(payload: Buffer): number | null {
  if (payload.length <= ACK.length || payload.compare(ACK, 0, ACK.length, 0, ACK.length) !== 0) return null;
  let seq = 0;
  for (let i = ACK.length; i < payload.length; i++) {
    const digit = payload[i] ?? 0;
    if (digit < ZERO || digit > NINE) break;
    seq = seq * 10 + digit - ZERO;
  }
  return seq;
}
