import type { Parsed } from './inbox.ts';

/** Content types of records (RFC 5246 6.2.1). */
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** Handshake messages (RFC 5246 7.4). */
export const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** A value with its length in front, in `octets` octets. */
export function vector(octets: 1 | 2 | 3, ...content: readonly Buffer[]): Buffer {
  const value = Buffer.concat(content);
  const length = Buffer.alloc(octets);
  length.writeUIntBE(value.length, 0, octets);
  return Buffer.concat([length, value]);
}

export function record(type: number, fragment: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3]), vector(2, fragment)]);
}

export function parseRecord(
  bytes: Buffer,
): Parsed<{ readonly type: number; readonly fragment: Buffer }> | null {
  if (bytes.length < 5) return null;
  const used = 5 + bytes.readUInt16BE(3);
  if (bytes.length < used) return null;
  return { value: { type: bytes[0] ?? 0, fragment: bytes.subarray(5, used) }, used };
}

export function handshakeMessage(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(3, body)]);
}

export interface Message {
  readonly type: number;
  readonly body: Buffer;
  /** With its header, as the transcript has it. */
  readonly whole: Buffer;
}

export function parseHandshake(bytes: Buffer): Parsed<Message> | null {
  if (bytes.length < 4) return null;
  const used = 4 + bytes.readUIntBE(1, 3);
  if (bytes.length < used) return null;
  const whole = Buffer.from(bytes.subarray(0, used));
  return { value: { type: whole[0] ?? 0, body: whole.subarray(4), whole }, used };
}

function extension(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 0xff]), vector(2, value)]);
}

const EXTENSIONS = Buffer.concat([
  // server_name: a host_name.
  extension(0, vector(2, Buffer.from([0]), vector(2, Buffer.from('localhost')))),
  // supported_groups: secp256r1; ec_point_formats: uncompressed.
  extension(10, vector(2, Buffer.from([0, 23]))),
  extension(11, vector(1, Buffer.from([0]))),
  // signature_algorithms: ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, rsa_pkcs1_sha256.
  extension(13, vector(2, Buffer.from([0x04, 0x03, 0x08, 0x04, 0x04, 0x01]))),
  extension(16, vector(2, vector(1, Buffer.from('http/1.1')))),
]);

/** Offers one suite, ECDHE-ECDSA-AES128-GCM-SHA256, and the signal of RFC 5746 that renegotiation is safe. */
export function clientHello(random: Buffer): Buffer {
  return handshakeMessage(
    MESSAGE.clientHello,
    Buffer.concat([
      Buffer.from([3, 3]),
      random,
      vector(1),
      vector(2, Buffer.from([0xc0, 0x2b, 0x00, 0xff])),
      vector(1, Buffer.from([0])),
      vector(2, EXTENSIONS),
    ]),
  );
}

/** The server's ECDH point in a ServerKeyExchange (RFC 8422 5.4). @throws Error when it is not of secp256r1. */
export function serverPoint(body: Buffer): Buffer {
  if (body.readUInt8(0) !== 3 || body.readUInt16BE(1) !== 23) throw new Error('the server chose no P-256');
  return body.subarray(4, 4 + body.readUInt8(3));
}
