import { isUtf8 } from 'node:buffer';

/** RFC 6455 section 5.2: FIN with no reserved bit, and the opcodes of data. */
const FINAL_TEXT = 0x81;
const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const SHORT_HEADER_BYTES = 6;
const HEADER_16_BYTES = 8;

/** Takes one message. */
export type OnMessage = (data: Buffer, binary: boolean) => void;

/**
 * Whether what was read is whole messages of data, masked and in one frame each, and nothing else: no control frame, no
 * fragment, no message in pieces, nothing that breaks RFC 6455.
 * @param maxBytes of a message
 */
export function areWholeMessages(chunk: Uint8Array, maxBytes: number): boolean {
  let at = 0;
  while (at < chunk.length) {
    const kind = chunk[at];
    const second = chunk[at + 1] ?? 0;
    if ((kind !== FINAL_TEXT && kind !== FINAL_BINARY) || second < MASKED) return false;
    const length = lengthAt(chunk, at);
    if (length > maxBytes) return false;
    at = payloadAt(chunk, at) + length;
  }
  return at === chunk.length;
}

/**
 * Takes the messages of a chunk of which `areWholeMessages` holds, and unmasks them in place (section 5.3).
 * @returns where the first text begins that is not UTF-8 (section 8.1), which is as it was; the chunk's length: there is none
 */
export function takeMessages(chunk: Buffer, onMessage: OnMessage): number {
  let at = 0;
  while (at < chunk.length) {
    const begin = payloadAt(chunk, at);
    const end = begin + lengthAt(chunk, at);
    const binary = chunk[at] === FINAL_BINARY;
    const seen = unmask(chunk, begin, end);
    const data = chunk.subarray(begin, end);
    // What is ASCII needs no second look.
    if (!binary && seen > 0x7f && !isUtf8(data)) {
      unmask(chunk, begin, end);
      return at;
    }
    onMessage(data, binary);
    at = end;
  }
  return at;
}

/** Of the payload of the frame at `at`; more than any message may have where its header is not whole or has 64 bits of it. */
function lengthAt(chunk: Uint8Array, at: number): number {
  const short = (chunk[at + 1] ?? 0) & LENGTH;
  if (short < LENGTH_16) return chunk.length - at < SHORT_HEADER_BYTES ? Number.POSITIVE_INFINITY : short;
  if (short === LENGTH_64 || chunk.length - at < HEADER_16_BYTES) return Number.POSITIVE_INFINITY;
  const length = ((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0);
  // Section 5.2: the shortest form there is.
  return length < LENGTH_16 ? Number.POSITIVE_INFINITY : length;
}

function payloadAt(chunk: Uint8Array, at: number): number {
  return at + (((chunk[at + 1] ?? 0) & LENGTH) < LENGTH_16 ? SHORT_HEADER_BYTES : HEADER_16_BYTES);
}

/** The mask stands before `begin`. @returns all bits that are set in any byte */
function unmask(chunk: Uint8Array, begin: number, end: number): number {
  const mask0 = chunk[begin - 4] ?? 0;
  const mask1 = chunk[begin - 3] ?? 0;
  const mask2 = chunk[begin - 2] ?? 0;
  const mask3 = chunk[begin - 1] ?? 0;
  let seen = 0;
  let i = begin;
  for (; i + 3 < end; i += 4) {
    const a = (chunk[i] ?? 0) ^ mask0;
    const b = (chunk[i + 1] ?? 0) ^ mask1;
    const c = (chunk[i + 2] ?? 0) ^ mask2;
    const d = (chunk[i + 3] ?? 0) ^ mask3;
    chunk[i] = a;
    chunk[i + 1] = b;
    chunk[i + 2] = c;
    chunk[i + 3] = d;
    seen |= a | b | c | d;
  }
  for (let n = begin - 4; i < end; i++, n++) {
    const byte = (chunk[i] ?? 0) ^ (chunk[n] ?? 0);
    chunk[i] = byte;
    seen |= byte;
  }
  return seen;
}
