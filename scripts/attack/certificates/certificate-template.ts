import { type KeyObject, randomBytes, sign, type X509Certificate } from 'node:crypto';
import {
  bitString,
  contentOf,
  integer,
  membersOf,
  NULL,
  objectIdentifier,
  octetString,
  sequence,
  set,
  TRUE,
  time,
  tlv,
  utf8String,
} from './der-octets.ts';

export interface RawExtension {
  readonly oid: string;
  readonly critical: boolean;
  /** What the OCTET STRING holds. */
  readonly value: Buffer;
}

/** Every field of a TBSCertificate as it will stand there (RFC 5280 4.1), whether that is allowed or not. */
export interface CertificateTemplate {
  /** null: not said, which makes a version 1. */
  readonly version: number | null;
  /** Content octets of the INTEGER. */
  readonly serial: Buffer;
  readonly issuer: Buffer;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly RawExtension[];
}

/** Who issues: the name and key identifier that a child repeats, and the key. */
export interface RawAuthority {
  readonly der: Buffer;
  readonly name: Buffer;
  readonly keyId: Buffer;
  readonly key: KeyObject;
}

export const SIGNATURES = {
  ecdsaSha256: { algorithm: sequence(objectIdentifier('1.2.840.10045.4.3.2')), hash: 'sha256' },
  ecdsaSha1: { algorithm: sequence(objectIdentifier('1.2.840.10045.4.1')), hash: 'sha1' },
  rsaSha256: { algorithm: sequence(objectIdentifier('1.2.840.113549.1.1.11'), NULL), hash: 'sha256' },
  rsaSha1: { algorithm: sequence(objectIdentifier('1.2.840.113549.1.1.5'), NULL), hash: 'sha1' },
  rsaMd5: { algorithm: sequence(objectIdentifier('1.2.840.113549.1.1.4'), NULL), hash: 'md5' },
} as const;
export type Signature = (typeof SIGNATURES)[keyof typeof SIGNATURES];

export function rawAuthority(certificate: X509Certificate, key: KeyObject): RawAuthority {
  const [tbs = Buffer.alloc(0)] = membersOf(certificate.raw);
  const name = membersOf(tbs)[5] ?? Buffer.alloc(0);
  return { der: certificate.raw, name, keyId: keyIdOf(certificate.raw), key };
}

/** The subject key identifier of a certificate of this service. */
function keyIdOf(der: Buffer): Buffer {
  const [tbs = Buffer.alloc(0)] = membersOf(der);
  const [list = Buffer.alloc(0)] = membersOf(membersOf(tbs).at(-1) ?? Buffer.alloc(0));
  const wanted = objectIdentifier(OID.subjectKeyId);
  const found = membersOf(list).find((one) => membersOf(one)[0]?.equals(wanted));
  const value = contentOf(membersOf(found ?? Buffer.alloc(2)).at(-1) ?? Buffer.alloc(2));
  return contentOf(value);
}

export function signCertificate(
  template: CertificateTemplate,
  key: KeyObject,
  { algorithm, hash }: Signature = SIGNATURES.ecdsaSha256,
  outerAlgorithm: Buffer = algorithm,
): Buffer {
  const tbs = toBeSigned(template, algorithm);
  return sequence(tbs, outerAlgorithm, bitString(sign(hash, tbs, key)));
}

function toBeSigned(template: CertificateTemplate, algorithm: Buffer): Buffer {
  const { version, serial, issuer, notBefore, notAfter, subject, publicKey, extensions } = template;
  return sequence(
    ...(version === null ? [] : [tlv(0xa0, integer(version))]),
    integer(serial),
    algorithm,
    issuer,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions.map(encodeExtension)))]),
  );
}

function encodeExtension({ oid, critical, value }: RawExtension): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [TRUE] : []), octetString(value));
}

export const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  anyPurpose: '2.5.29.37.0',
} as const;

export function nameOf(commonName: string, organization = 'Vitalwire DEVELOPMENT'): Buffer {
  const attribute = (oid: string, text: string): Buffer =>
    set(sequence(objectIdentifier(oid), utf8String(text)));
  return sequence(attribute('2.5.4.10', organization), attribute('2.5.4.3', commonName));
}

/** Positive, 16 octets. */
export function randomSerial(): Buffer {
  const octets = randomBytes(16);
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets;
}

/** `ca` false: an end entity; a number: an authority with that path length; null: one without. */
export function basicConstraints(ca: false | number | null): RawExtension {
  const value = ca === false ? sequence() : sequence(TRUE, ...(ca === null ? [] : [integer(ca)]));
  return { oid: OID.basicConstraints, critical: ca !== false, value };
}

/** The named bits as one octet: 0x80 digitalSignature, 0x20 keyEncipherment, 0x06 keyCertSign and cRLSign. */
export function keyUsage(bits: number): RawExtension {
  let unused = 0;
  while (unused < 7 && ((bits >> unused) & 1) === 0) unused += 1;
  return { oid: OID.keyUsage, critical: true, value: bitString(Buffer.from([bits]), unused) };
}

export function extendedKeyUsage(...purposes: readonly string[]): RawExtension {
  return {
    oid: OID.extendedKeyUsage,
    critical: false,
    value: sequence(...purposes.map(objectIdentifier)),
  };
}

/** GeneralName by its context tag: 1 email, 2 DNS, 6 URI (RFC 5280 4.2.1.6). */
export function generalName(tag: 1 | 2 | 6, text: string | Buffer): Buffer {
  return tlv(0x80 | tag, Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1'));
}

export function subjectAltName(...names: readonly Buffer[]): RawExtension {
  return { oid: OID.subjectAltName, critical: false, value: sequence(...names) };
}

export function subjectKeyId(id: Buffer): RawExtension {
  return { oid: OID.subjectKeyId, critical: false, value: octetString(id) };
}

export function authorityKeyId(id: Buffer): RawExtension {
  return { oid: OID.authorityKeyId, critical: false, value: sequence(tlv(0x80, id)) };
}
