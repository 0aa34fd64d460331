/** RFC 6455 section 5.2: a final text or binary frame, masked, as a client sends it. */
const FINAL = 0x80;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
/** One for all: it need not be a secret here, and costs a server what any other does but none (which `ws` does not apply). */
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;
const MASK_BYTES = MASK.length;

export const OPCODE = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE];

function headerBytes(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 65_536 ? 4 : 10;
}

/** A client's frame around a payload in Latin-1 or bytes. */
export function maskedFrame(opcode: Opcode, payload: string | Uint8Array): Buffer {
  const { length } = payload;
  const begin = headerBytes(length) + MASK_BYTES;
  const frame = Buffer.allocUnsafe(begin + length);
  frame[0] = FINAL | opcode;
  if (length < LENGTH_16) {
    frame[1] = MASKED | length;
  } else if (length < 65_536) {
    frame[1] = MASKED | LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = MASKED | LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(MASK, begin - MASK_BYTES);
  const isText = typeof payload === 'string';
  for (let i = 0; i < length; i++)
    frame[begin + i] = (isText ? payload.charCodeAt(i) : (payload[i] ?? 0)) ^ (MASK[i & 3] ?? 0);
  return frame;
}
