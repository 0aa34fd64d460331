import { isIP } from 'node:net';
import { CodedError } from '../core/coded-error.ts';
import {
  type Asn1,
  bitString,
  boolean,
  encodeDer,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  tagged,
} from './der.ts';
import { hasTag, parseStrictDer, readMembers, readObjectIdentifier, readOctets } from './der-reader.ts';

/** One X.509 v3 extension (RFC 5280 4.2). */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Asn1;
}

export const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
export const SUBJECT_ALT_NAME = '2.5.29.17';
export const BASIC_CONSTRAINTS = '2.5.29.19';
const CRL_DISTRIBUTION_POINTS = '2.5.29.31';
export const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';

/** Purposes of a key (RFC 5280 4.2.1.12). */
export const KEY_PURPOSES = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const;
export type KeyPurpose = keyof typeof KEY_PURPOSES;

/** Bit numbers of KeyUsage (RFC 5280 4.2.1.3). */
const KEY_USAGE_BITS = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;
export type KeyUsage = keyof typeof KEY_USAGE_BITS;

export type GeneralName =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly address: string }
  | { readonly kind: 'uri'; readonly uri: string };

export function encodeExtension({ oid, critical, value }: Extension): Asn1 {
  const members = [objectIdentifier(oid), octetString(encodeDer(value))];
  // DER leaves a DEFAULT FALSE out.
  if (critical) members.splice(1, 0, boolean(true));
  return sequence(...members);
}

/**
 * The extensions of something from outside; none where the field is not there.
 * @throws CodedError `der_invalid`, also when one stands there twice (RFC 5280 4.2) and two readers could differ.
 */
export function readExtensions(value: Asn1 | undefined): readonly Extension[] {
  if (value === undefined) return [];
  const extensions = readMembers(value, 'sequence').map((extension) => {
    const [oid, ...rest] = readMembers(extension, 'sequence');
    const critical = hasTag(rest[0], 'boolean');
    const [content, ...more] = critical ? rest.slice(1) : rest;
    if (more.length > 0) throw new CodedError('der_invalid', 'an extension has more than a value');
    return {
      oid: readObjectIdentifier(oid),
      critical,
      value: parseStrictDer(readOctets(content, 'octetString')),
    };
  });
  if (new Set(extensions.map(({ oid }) => oid)).size !== extensions.length) {
    throw new CodedError('der_invalid', 'an extension stands there twice');
  }
  return extensions;
}

/** `pathLength` null: an end entity. Critical for an authority, as RFC 5280 4.2.1.9 demands. */
export function basicConstraints(pathLength: number | null): Extension {
  const value = pathLength === null ? sequence() : sequence(boolean(true), integer(pathLength));
  return { oid: BASIC_CONSTRAINTS, critical: pathLength !== null, value };
}

/** Critical. DER cuts the trailing zero bits of a named bit list. */
export function keyUsage(...usages: readonly KeyUsage[]): Extension {
  const bits = usages.map((usage) => KEY_USAGE_BITS[usage]);
  const octet = bits.reduce<number>((sum, bit) => sum | (0x80 >> bit), 0);
  return {
    oid: KEY_USAGE,
    critical: true,
    value: bitString(Buffer.from([octet]), 7 - Math.max(...bits)),
  };
}

export function extendedKeyUsage(purpose: KeyPurpose): Extension {
  return {
    oid: EXTENDED_KEY_USAGE,
    critical: false,
    value: sequence(objectIdentifier(KEY_PURPOSES[purpose])),
  };
}

export function subjectKeyIdentifier(identifier: Buffer): Extension {
  return { oid: SUBJECT_KEY_IDENTIFIER, critical: false, value: octetString(identifier) };
}

export function authorityKeyIdentifier(identifier: Buffer): Extension {
  return { oid: AUTHORITY_KEY_IDENTIFIER, critical: false, value: sequence(implicit(0, identifier)) };
}

/** At least one name. */
export function subjectAltName(...names: readonly GeneralName[]): Extension {
  return { oid: SUBJECT_ALT_NAME, critical: false, value: sequence(...names.map(encodeGeneralName)) };
}

/**
 * Where the revocation list of the certificate's issuer is to be had: one distribution point with one URI, and so for
 * all reasons and from the issuer itself (RFC 5280 4.2.1.13). None for null.
 * @throws CodedError `invalid_crl_url`
 */
export function crlDistributionPoints(url: string | null): readonly Extension[] {
  if (url === null) return [];
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(url) || !URL.canParse(url)) {
    throw new CodedError(
      'invalid_crl_url',
      `CRL URL ${JSON.stringify(url.slice(0, 200))} is not valid: give an http or https URL in ASCII`,
      { details: { field: 'crl_url' } },
    );
  }
  const name = tagged(0, tagged(0, encodeGeneralName({ kind: 'uri', uri: url })));
  return [{ oid: CRL_DISTRIBUTION_POINTS, critical: false, value: sequence(sequence(name)) }];
}

function encodeGeneralName(name: GeneralName): Asn1 {
  switch (name.kind) {
    case 'dns':
      return implicit(2, Buffer.from(name.name, 'ascii'));
    case 'uri':
      return implicit(6, Buffer.from(name.uri, 'ascii'));
    case 'ip':
      return implicit(7, addressOctets(name.address));
  }
}

function addressOctets(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // The URL parser normalises every spelling of an IPv6 address, an embedded IPv4 part included.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const all = [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

const hostNamePattern =
  /^(?!.{254})(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * A name that a server goes by, host name or IP address, as it stands in subjectAltName.
 * @throws CodedError `invalid_server_name`
 */
export function serverGeneralName(name: string): GeneralName {
  // An address with a zone (fe80::1%eth0) has no meaning on another machine.
  if (isIP(name) !== 0 && !name.includes('%')) return { kind: 'ip', address: name };
  if (hostNamePattern.test(name)) return { kind: 'dns', name: name.toLowerCase() };
  throw new CodedError(
    'invalid_server_name',
    `server name ${JSON.stringify(name.slice(0, 80))} is not valid: give a host name such as vitals.example.org, or an IP address`,
    { details: { field: 'server_name' } },
  );
}
