import forge from 'node-forge';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { type Asn1, dottedForm, encodeDer, parseDer } from './der.ts';

const { Class, Type } = forge.asn1;

/** Universal tags that are read here; a number is the context tag of that number. */
const TAGS = {
  boolean: Type.BOOLEAN,
  integer: Type.INTEGER,
  bitString: Type.BITSTRING,
  octetString: Type.OCTETSTRING,
  null: Type.NULL,
  objectIdentifier: Type.OID,
  enumerated: Type.ENUMERATED,
  sequence: Type.SEQUENCE,
  set: Type.SET,
} as const;
type Tag = keyof typeof TAGS | number;

/**
 * Parses exactly one value from outside. What node-forge takes more widely than DER allows (lengths and integers
 * longer than needed) shows when it is written again: then the bytes are refused, so that a signature over a part
 * can be checked over that part written again.
 * @throws CodedError `der_invalid`
 */
export function parseStrictDer(bytes: Buffer): Asn1 {
  let parsed: Asn1;
  try {
    parsed = parseDer(bytes);
  } catch (cause) {
    throw new CodedError('der_invalid', 'not DER', { cause });
  }
  if (!encodeDer(parsed).equals(bytes)) throw new CodedError('der_invalid', 'not DER: BER is not read');
  return parsed;
}

/** Whether `value` is there and carries this tag. */
export function hasTag(value: Asn1 | undefined, tag: Tag): value is Asn1 {
  if (value === undefined) return false;
  return typeof tag === 'number'
    ? value.tagClass === Class.CONTEXT_SPECIFIC && (value.type as number) === tag
    : value.tagClass === Class.UNIVERSAL && value.type === TAGS[tag];
}

/**
 * The members of a constructed value that must be there.
 * @throws CodedError `der_invalid`
 */
export function readMembers(value: Asn1 | undefined, tag: Tag): readonly Asn1[] {
  if (!hasTag(value, tag) || !Array.isArray(value.value)) throw unexpected(tag);
  return value.value;
}

/**
 * The content octets of a primitive value that must be there.
 * @throws CodedError `der_invalid`
 */
export function readOctets(value: Asn1 | undefined, tag: Tag): Buffer {
  if (!hasTag(value, tag) || Array.isArray(value.value)) throw unexpected(tag);
  return Buffer.from(value.value, 'latin1');
}

/**
 * The octets of a BIT STRING of whole octets.
 * @throws CodedError `der_invalid`
 */
export function readBits(value: Asn1 | undefined): Buffer {
  const octets = readOctets(value, 'bitString');
  if (octets[0] !== 0) throw unexpected('bitString');
  return octets.subarray(1);
}

/**
 * The dotted form of an OBJECT IDENTIFIER that must be there.
 * @throws CodedError `der_invalid`
 */
export function readObjectIdentifier(value: Asn1 | undefined): string {
  if (readOctets(value, 'objectIdentifier').length === 0) throw unexpected('objectIdentifier');
  return dottedForm(value);
}

/**
 * A non-negative INTEGER of at most `maxOctets` octets, as upper-case hex of whole octets: the form of Node's
 * `X509Certificate.serialNumber`.
 * @throws CodedError `der_invalid`
 */
export function readUnsignedHex(value: Asn1 | undefined, maxOctets: number): string {
  const octets = readOctets(value, 'integer');
  if (octets.length === 0 || octets.length > maxOctets || (octets[0] ?? 0) >= 0x80)
    throw unexpected('integer');
  const magnitude = octets.length > 1 && octets[0] === 0 ? octets.subarray(1) : octets;
  return magnitude.toString('hex').toUpperCase();
}

const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/**
 * A Time (RFC 5280 4.1.2.5): whole seconds, UTC, in the one form of each type that the profile allows.
 * @throws CodedError `der_invalid`
 */
export function readTime(value: Asn1 | undefined): EpochMs {
  const text = value === undefined || Array.isArray(value.value) ? '' : value.value;
  const short = value?.type === Type.UTCTIME ? utcTime.exec(text) : null;
  const long = value?.type === Type.GENERALIZEDTIME ? generalizedTime.exec(text) : null;
  const parts = (short ?? long)?.slice(1).map(Number);
  if (value?.tagClass !== Class.UNIVERSAL || parts === undefined) throw unexpected('time');
  const [stated = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const year = short === null ? stated : stated + (stated < 50 ? 2000 : 1900);
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(at);
  // The 30th of February would silently become one of March.
  if (back.getUTCMonth() !== month - 1 || back.getUTCHours() !== hour || back.getUTCSeconds() !== second) {
    throw unexpected('time');
  }
  return at;
}

function unexpected(tag: Tag | 'time'): CodedError {
  const name = typeof tag === 'number' ? `context tag [${tag}]` : tag;
  return new CodedError('der_invalid', `no ${name} where one must stand, or one that is not well-formed`);
}
