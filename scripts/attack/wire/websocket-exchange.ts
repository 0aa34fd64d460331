import type { Channel } from './channel.ts';
import type { Parsed } from './inbox.ts';

/** One thing a server says on a WebSocket: a frame of the protocol, or its end. */
export type ServerWord =
  | { readonly kind: 'frame'; readonly frame: Readonly<Record<string, unknown>> }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

const TEXT = 0x1;
const CLOSE = 0x8;

/** Writes a text frame (RFC 6455 5.2), masked with zeros, whatever state the socket is in. */
export function sendFrame(channel: Channel, frame: unknown): void {
  const payload = Buffer.from(JSON.stringify(frame), 'utf8');
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | 127, 0, 0, 0, 0]), uint32(payload.length)]);
  channel.send(Buffer.concat([Buffer.from([0x80 | TEXT]), length, Buffer.alloc(4), payload]));
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

/** The next word of the server; pings and the like are passed over. null: the connection ended without a close. */
export async function nextWord(channel: Channel): Promise<ServerWord | null> {
  for (;;) {
    const message = await channel.inbox.take(parseMessage);
    if (message === null) return null;
    const { opcode, payload } = message;
    if (opcode === TEXT) return { kind: 'frame', frame: JSON.parse(payload.toString('utf8')) };
    if (opcode === CLOSE) {
      const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      return { kind: 'close', code, reason: payload.subarray(2).toString('utf8') };
    }
  }
}

interface Message {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A server's frame: never masked, and this one never fragments. */
function parseMessage(bytes: Buffer): Parsed<Message> | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const from = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < from) return null;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : bytes.readUInt32BE(6);
  if (bytes.length < from + length) return null;
  const opcode = (bytes[0] ?? 0) & 0x0f;
  return { value: { opcode, payload: bytes.subarray(from, from + length) }, used: from + length };
}

/** The next frame of `type`, or the close that came instead; null: the connection ended. */
export async function untilFrame(channel: Channel, type: string): Promise<ServerWord | null> {
  for (;;) {
    const word = await nextWord(channel);
    if (word === null || word.kind === 'close' || word.frame.type === type) return word;
  }
}
