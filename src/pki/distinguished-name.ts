import { CodedError } from '../core/coded-error.ts';
import { type Asn1, objectIdentifier, octetsOf, sequence, set, utf8String } from './der.ts';
import { readMembers, readObjectIdentifier } from './der-reader.ts';

/** A subject as this product uses it (RFC 5280 4.1.2.6). */
export interface DistinguishedName {
  readonly organization: string;
  /** At most 64 characters (ub-common-name). */
  readonly commonName: string;
}

const ORGANIZATION = '2.5.4.10';
const COMMON_NAME = '2.5.4.3';

/** The Name of `name`: one attribute a RDN, most general first, always UTF8String. */
export function encodeName(name: DistinguishedName): Asn1 {
  const attribute = (type: string, value: string): Asn1 =>
    set(sequence(objectIdentifier(type), utf8String(value)));
  return sequence(attribute(ORGANIZATION, name.organization), attribute(COMMON_NAME, name.commonName));
}

/** One attribute of a Name from outside. */
export interface NameAttribute {
  /** The attribute's type as a dotted OID. */
  readonly type: string;
  readonly value: string;
}

const BMP_STRING = 30;
// UTF8String, and those that are subsets of Latin-1 as everybody writes them: Printable, Teletex, IA5.
const UTF8_STRING = 12;
const NARROW_STRINGS: readonly number[] = [19, 20, 22];

/**
 * The attributes of a Name, in its order.
 * @throws CodedError `der_invalid`, also for text in an encoding that is not read.
 */
export function readName(value: Asn1 | undefined): readonly NameAttribute[] {
  return readMembers(value, 'sequence')
    .flatMap((relative) => readMembers(relative, 'set'))
    .map((attribute) => {
      const [type, text] = readMembers(attribute, 'sequence');
      return { type: readObjectIdentifier(type), value: readDirectoryString(text) };
    });
}

/** The values of the common names among `attributes`. */
export function commonNamesAmong(attributes: readonly NameAttribute[]): readonly string[] {
  return attributes.filter(({ type }) => type === COMMON_NAME).map(({ value }) => value);
}

function readDirectoryString(value: Asn1 | undefined): string {
  const type = value?.type as number | undefined;
  const octets = octetsOf(value);
  // node-forge has put the 16-bit units of this type, and of no other, together already.
  if (type === BMP_STRING) return wellFormed(String(value?.value));
  if (type === UTF8_STRING) return wellFormed(octets.toString('utf8'), octets);
  if (type !== undefined && NARROW_STRINGS.includes(type)) return octets.toString('latin1');
  throw new CodedError('der_invalid', 'a name is in a string type that is not read');
}

/** `text`, unless it was mended on the way: then it is not what `octets` say. */
function wellFormed(text: string, octets?: Buffer): string {
  if (text.isWellFormed() && (octets === undefined || Buffer.from(text, 'utf8').equals(octets))) return text;
  throw new CodedError('der_invalid', 'a name is not in the encoding that it says');
}
