import { type Asn1, objectIdentifier, sequence, set, utf8String } from './der.ts';

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
