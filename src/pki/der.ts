import forge from 'node-forge';

/** One ASN.1 value, in node-forge's representation. */
export type Asn1 = forge.asn1.Asn1;

const { asn1 } = forge;
const { Class, Type } = asn1;

/** The DER of one ASN.1 value (ITU-T X.690). */
export function encodeDer(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}

/**
 * Parses exactly one DER value; bytes after it are an error.
 *
 * BIT STRINGs stay bytes: an EC point starts with 0x04, the tag of an OCTET STRING, and must not be taken for one.
 * The published types know only the older boolean form of the second argument.
 * @throws Error of node-forge when the bytes are not DER.
 */
export function parseDer(bytes: Buffer): Asn1 {
  const options = { strict: true, decodeBitStrings: false } as unknown as boolean;
  return asn1.fromDer(bytes.toString('latin1'), options);
}

/** The members of a SEQUENCE, SET or explicit tag; empty for a primitive value. */
export function membersOf(value: Asn1 | undefined): readonly Asn1[] {
  return value !== undefined && Array.isArray(value.value) ? value.value : [];
}

/** The content octets of a primitive value; empty for a constructed one. */
export function octetsOf(value: Asn1 | undefined): Buffer {
  return value === undefined || Array.isArray(value.value)
    ? Buffer.alloc(0)
    : Buffer.from(value.value, 'latin1');
}

/** Whether `value` carries the context tag `[number]`. */
export function isContextTag(value: Asn1, number: number): boolean {
  return value.tagClass === Class.CONTEXT_SPECIFIC && (value.type as number) === number;
}

function primitive(type: forge.asn1.Type, octets: Buffer, tagClass = Class.UNIVERSAL): Asn1 {
  return asn1.create(tagClass, type, false, octets.toString('latin1'));
}

export function sequence(...members: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, members);
}

/** A SET OF, in the order that DER asks for: that of the encodings (X.690 11.6). */
export function set(...members: Asn1[]): Asn1 {
  const encoded = members.map((member) => ({ member, bytes: encodeDer(member) }));
  encoded.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return asn1.create(
    Class.UNIVERSAL,
    Type.SET,
    true,
    encoded.map(({ member }) => member),
  );
}

/** An explicit context tag `[number]` around one value, or an implicit one over a SEQUENCE or SET of all of them. */
export function tagged(number: number, ...inner: Asn1[]): Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, number as forge.asn1.Type, true, inner);
}

/** An implicit context tag `[number]` over primitive content. */
export function implicit(number: number, octets: Buffer): Asn1 {
  return primitive(number as forge.asn1.Type, octets, Class.CONTEXT_SPECIFIC);
}

export function boolean(value: boolean): Asn1 {
  return primitive(Type.BOOLEAN, Buffer.from([value ? 0xff : 0]));
}

/** A non-negative INTEGER: a number, or the big-endian octets of its magnitude. */
export function integer(value: number | bigint | Buffer): Asn1 {
  return primitive(Type.INTEGER, Buffer.isBuffer(value) ? minimal(value) : octetsOfNumber(value));
}

export function enumerated(value: number): Asn1 {
  return primitive(Type.ENUMERATED, octetsOfNumber(value));
}

function octetsOfNumber(value: number | bigint): Buffer {
  const hex = value.toString(16);
  return minimal(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

/** Two's complement in as few octets as hold it (X.690 8.3.2): no zeros in front but one that keeps it positive. */
function minimal(magnitude: Buffer): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1;
  const octets = magnitude.subarray(start);
  return (octets[0] ?? 0x80) >= 0x80 ? Buffer.concat([Buffer.alloc(1), octets]) : octets;
}

export function nullValue(): Asn1 {
  return primitive(Type.NULL, Buffer.alloc(0));
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Asn1 {
  return primitive(Type.OID, Buffer.from(asn1.oidToDer(dotted).getBytes(), 'latin1'));
}

/** The dotted form of an OBJECT IDENTIFIER. */
export function dottedForm(value: Asn1 | undefined): string {
  return asn1.derToOid(octetsOf(value).toString('latin1'));
}

export function octetString(octets: Buffer): Asn1 {
  return primitive(Type.OCTETSTRING, octets);
}

export function bitString(octets: Buffer, unusedBits = 0): Asn1 {
  return primitive(Type.BITSTRING, Buffer.concat([Buffer.from([unusedBits]), octets]));
}

export function utf8String(text: string): Asn1 {
  return primitive(Type.UTF8, Buffer.from(text, 'utf8'));
}

/** Characters beyond the basic plane as surrogate pairs, as every reader of PKCS#12 takes them. */
export function bmpString(text: string): Asn1 {
  // The one string type whose text, and not octets, node-forge holds.
  return asn1.create(Class.UNIVERSAL, Type.BMPSTRING, false, text);
}

/** A Time as RFC 5280 4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime after. Whole seconds, UTC. */
export function time(at: Date): Asn1 {
  return at.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, Buffer.from(asn1.dateToUtcTime(at), 'latin1'))
    : primitive(Type.GENERALIZEDTIME, Buffer.from(asn1.dateToGeneralizedTime(at), 'latin1'));
}
