import { CodedError } from '../../../src/core/coded-error.ts';

/** Packets of MQTT 3.1.1 (OASIS, 29 October 2014), as many of them as QoS 1 needs. */

/** Section 2.2.1. */
export const PACKET = { connect: 1, connack: 2, publish: 3, puback: 4, subscribe: 8, suback: 9 } as const;

/** One packet as it came. `body` is what follows the fixed header: a view that is good until the call returns. */
export interface MqttPacket {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

const PROTOCOL_LEVEL = 4;
const QOS_1 = 0b0010;
/** Section 3.8.1: reserved bits of SUBSCRIBE. */
const SUBSCRIBE_FLAGS = 0b0010;
const CLEAN_SESSION = 0b10;
/** Section 2.2.3: seven bits a byte, the eighth says that more come; four bytes at most. */
const LENGTH_BITS = 7;
const MORE = 0x80;
const LENGTH_BYTES = 4;
/** A broker that is measured sends small packets only: what claims more is not one. */
const MAX_PACKET_BYTES = 1_048_576;
const PACKET_IDS = 65_535;

/** The identifier of a connection's n-th packet that is acknowledged, n from 1 on: 1 to 65,535, again and again. */
export function packetId(n: number): number {
  return ((n - 1) % PACKET_IDS) + 1;
}

/** Keep-alive is off. @param clean whether the broker forgets the session when the connection ends */
export function connectPacket(client: string, clean: boolean): Buffer {
  const head = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, PROTOCOL_LEVEL, clean ? CLEAN_SESSION : 0, 0, 0]);
  return packet(PACKET.connect << 4, [head, text(client)]);
}

/** QoS 1. @param topic as `text` gives it @param payload Latin-1 */
export function publishPacket(topic: Buffer, id: number, payload: string): Buffer {
  const length = topic.length + 2 + payload.length;
  const header = lengthBytes(length);
  const bytes = Buffer.allocUnsafe(1 + header + length);
  bytes[0] = (PACKET.publish << 4) | QOS_1;
  let at = writeLength(bytes, length);
  at += topic.copy(bytes, at);
  at = bytes.writeUInt16BE(id, at);
  bytes.write(payload, at, 'latin1');
  return bytes;
}

/** At QoS 1. */
export function subscribePacket(id: number, filter: string): Buffer {
  return packet((PACKET.subscribe << 4) | SUBSCRIBE_FLAGS, [uint16(id), text(filter), Buffer.from([1])]);
}

export function pubackPacket(id: number): Buffer {
  return packet(PACKET.puback << 4, [uint16(id)]);
}

/** A UTF-8 string with its length before it (section 1.5.3). */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint16(bytes.length), bytes]);
}

/** What a PUBLISH at QoS 1 carries. */
export interface Published {
  readonly topic: string;
  readonly id: number;
  /** Sent once more: the subscriber may have it already. */
  readonly again: boolean;
  readonly payload: Buffer;
}

export function published({ flags, body }: MqttPacket): Published {
  const end = 2 + body.readUInt16BE(0);
  return {
    topic: body.toString('utf8', 2, end),
    id: body.readUInt16BE(end),
    again: (flags & 0b1000) !== 0,
    payload: body.subarray(end + 2),
  };
}

/** Reads packets out of a stream of bytes: one piece may hold several of them, and one of them be in several pieces. */
export class MqttPackets {
  readonly #onPacket: (packet: MqttPacket) => void;
  #rest: Buffer | null = null;

  constructor(onPacket: (packet: MqttPacket) => void) {
    this.#onPacket = onPacket;
  }

  /** @throws CodedError `mqtt_malformed` */
  read(piece: Buffer): void {
    const data = this.#rest === null ? piece : Buffer.concat([this.#rest, piece]);
    let at = 0;
    for (let span = spanOf(data, at); span !== null; span = spanOf(data, at)) {
      const first = data[at] ?? 0;
      this.#onPacket({ type: first >> 4, flags: first & 0x0f, body: data.subarray(span.begin, span.end) });
      at = span.end;
    }
    // What was read belongs to whoever read it, and may be overwritten.
    this.#rest = at === data.length ? null : Buffer.from(data.subarray(at));
  }
}

/** Where the body of the packet at `at` is; null: not all of it is there. @throws CodedError `mqtt_malformed` */
function spanOf(data: Buffer, at: number): { readonly begin: number; readonly end: number } | null {
  let length = 0;
  for (let i = 0; i < LENGTH_BYTES; i++) {
    const byte = data[at + 1 + i];
    if (byte === undefined) return null;
    length |= (byte & (MORE - 1)) << (LENGTH_BITS * i);
    if ((byte & MORE) !== 0) continue;
    if (length > MAX_PACKET_BYTES) break;
    const begin = at + 2 + i;
    return begin + length <= data.length ? { begin, end: begin + length } : null;
  }
  throw new CodedError('mqtt_malformed', `an MQTT packet claims ${length} bytes or more: this is no broker`);
}

function packet(first: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(1 + lengthBytes(length));
  head[0] = first;
  writeLength(head, length);
  return Buffer.concat([head, ...parts]);
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length >> LENGTH_BITS; rest > 0; rest >>= LENGTH_BITS) bytes += 1;
  return bytes;
}

/** Behind the first byte; gives where the body begins. */
function writeLength(bytes: Buffer, length: number): number {
  let at = 1;
  let rest = length;
  for (; rest >= MORE; rest >>= LENGTH_BITS) bytes[at++] = (rest & (MORE - 1)) | MORE;
  bytes[at++] = rest;
  return at;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
