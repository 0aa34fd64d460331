/**
 * DER by hand (ITU-T X.690): any tag around any octets, right or wrong. The product's own encoder only writes what is
 * right, which is no use here.
 */
export function tlv(tag: number, ...content: readonly Buffer[]): Buffer {
  const octets = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(octets.length), octets]);
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets]);
}

export const sequence = (...members: readonly Buffer[]): Buffer => tlv(0x30, ...members);
export const set = (...members: readonly Buffer[]): Buffer => tlv(0x31, ...members);
export const octetString = (octets: Buffer): Buffer => tlv(0x04, octets);
export const bitString = (octets: Buffer, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), octets);
export const utf8String = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'));
export const TRUE = tlv(0x01, Buffer.from([0xff]));
export const NULL = tlv(0x05);

/** An INTEGER of these content octets as they are: negative, padded or empty if so they say. */
export const integer = (octets: Buffer | number): Buffer =>
  tlv(0x02, typeof octets === 'number' ? Buffer.from([octets]) : octets);

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): readonly number[] {
  const low = arc & 0x7f;
  const high = Math.floor(arc / 128);
  return high === 0 ? [low] : [...base128(high).map((octet) => octet | 0x80), low];
}

/** UTCTime through 2049, GeneralizedTime after (RFC 5280 4.1.2.5). */
export function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`;
  return at < Date.UTC(2050, 0) ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text));
}

interface Header {
  /** Where the content begins, and where the value ends. */
  readonly content: number;
  readonly end: number;
}

function headerAt(bytes: Buffer, at: number): Header {
  const first = bytes[at + 1] ?? 0;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  const length = octets === 0 ? first : bytes.readUIntBE(at + 2, octets);
  const content = at + 2 + octets;
  return { content, end: content + length };
}

/** The content octets of the value that `bytes` begins with. The bytes are this service's own, so well-formed. */
export function contentOf(bytes: Buffer): Buffer {
  const { content, end } = headerAt(bytes, 0);
  return bytes.subarray(content, end);
}

/** The values inside a constructed value, each with its tag and length. */
export function membersOf(bytes: Buffer): readonly Buffer[] {
  const inside = contentOf(bytes);
  const members: Buffer[] = [];
  for (let at = 0; at < inside.length; ) {
    const { end } = headerAt(inside, at);
    members.push(inside.subarray(at, end));
    at = end;
  }
  return members;
}
