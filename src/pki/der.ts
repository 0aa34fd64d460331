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

export function set(...members: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SET, true, members);
}

/** An explicit context tag `[number]` around `inner`. */
export function explicit(number: number, inner: Asn1): Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, number as forge.asn1.Type, true, [inner]);
}

/** An implicit context tag `[number]` over primitive content. */
export function implicit(number: number, octets: Buffer): Asn1 {
  return primitive(number as forge.asn1.Type, octets, Class.CONTEXT_SPECIFIC);
}

export function boolean(value: boolean): Asn1 {
  return primitive(Type.BOOLEAN, Buffer.from([value ? 0xff : 0]));
}

/** An INTEGER from a small number, or from big-endian two's-complement octets that are already minimal. */
export function integer(value: number | Buffer): Asn1 {
  const octets =
    typeof value === 'number' ? Buffer.from(asn1.integerToDer(value).getBytes(), 'latin1') : value;
  return primitive(Type.INTEGER, octets);
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

/** A Time as RFC 5280 4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime after. Whole seconds, UTC. */
export function time(at: Date): Asn1 {
  return at.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, Buffer.from(asn1.dateToUtcTime(at), 'latin1'))
    : primitive(Type.GENERALIZEDTIME, Buffer.from(asn1.dateToGeneralizedTime(at), 'latin1'));
}
