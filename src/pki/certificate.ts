import { createHash, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import {
  type Asn1,
  dottedForm,
  integer,
  isContextTag,
  membersOf,
  octetsOf,
  parseDer,
  sequence,
  tagged,
  time,
} from './der.ts';
import { type DistinguishedName, encodeName } from './distinguished-name.ts';
import {
  AUTHORITY_KEY_IDENTIFIER,
  authorityKeyIdentifier,
  BASIC_CONSTRAINTS,
  type Extension,
  encodeExtension,
  SUBJECT_KEY_IDENTIFIER,
  subjectKeyIdentifier,
} from './extension.ts';
import { keyAlgorithmOf } from './key-pair.ts';
import { signatureAlgorithm, signed } from './signature.ts';

/** Who signs: a certificate with the private key that belongs to it. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

export interface CertificateTemplate {
  readonly subject: DistinguishedName;
  readonly publicKey: KeyObject;
  readonly notBefore: EpochMs;
  readonly notAfter: EpochMs;
  /** All but the two key identifiers, which are added here. */
  readonly extensions: readonly Extension[];
}

/** Peers' clocks are seldom right: what is issued now already holds for a clock this far behind. Milliseconds. */
export const BACKDATE_MS = 5 * 60_000;

/**
 * A certificate signed by its own key: `privateKey` is the one of `template.publicKey`.
 * @throws CodedError `key_unsupported`
 */
export function selfSign(template: CertificateTemplate, privateKey: KeyObject): X509Certificate {
  const name = encodeName(template.subject);
  const identifier = keyIdentifierOf(template.publicKey);
  return build(template, name, identifier, privateKey);
}

/**
 * A certificate signed by `issuer`. It ends with the issuer at the latest: nothing verifies beyond that.
 * @throws CodedError `issuer_expired` when nothing of the time asked for is left; `key_unsupported` when either key is
 *   neither P-256 nor RSA of 3072 bits or more.
 */
export function issueCertificate(template: CertificateTemplate, issuer: Issuer): X509Certificate {
  const end = Math.min(template.notAfter, issuer.certificate.validToDate.getTime());
  if (end <= template.notBefore + BACKDATE_MS) {
    throw new CodedError(
      'issuer_expired',
      `the issuing certificate "${commonNameOf(issuer.certificate)}" ended ${issuer.certificate.validToDate.toISOString()}: make a new one`,
    );
  }
  const { subject, keyIdentifier } = issuerNames(issuer.certificate);
  return build({ ...template, notAfter: end }, subject, keyIdentifier, issuer.privateKey);
}

function build(
  template: CertificateTemplate,
  issuerName: Asn1,
  issuerKeyIdentifier: Buffer,
  signingKey: KeyObject,
): X509Certificate {
  keyAlgorithmOf(template.publicKey);
  const extensions = [
    ...template.extensions,
    subjectKeyIdentifier(keyIdentifierOf(template.publicKey)),
    authorityKeyIdentifier(issuerKeyIdentifier),
  ];
  const toBeSigned = sequence(
    tagged(0, integer(2)),
    integer(randomSerial()),
    signatureAlgorithm(signingKey),
    issuerName,
    sequence(time(new Date(template.notBefore)), time(new Date(template.notAfter))),
    encodeName(template.subject),
    parseDer(template.publicKey.export({ format: 'der', type: 'spki' })),
    tagged(3, sequence(...extensions.map(encodeExtension))),
  );
  return new X509Certificate(signed(toBeSigned, signingKey));
}

/**
 * 16 random octets, positive and of constant length: the top bit is clear and the next one set, which leaves 126
 * random bits where CA/Browser Forum BR 7.1 wants 64, and RFC 5280 4.1.2.2 allows 20 octets.
 */
function randomSerial(): Buffer {
  const octets = randomBytes(16);
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets;
}

/** SKI by RFC 7093 method 1: the leftmost 160 bits of the SHA-256 of the subjectPublicKey bits. */
function keyIdentifierOf(publicKey: KeyObject): Buffer {
  const info = parseDer(publicKey.export({ format: 'der', type: 'spki' }));
  const bits = octetsOf(membersOf(info)[1]).subarray(1);
  return createHash('sha256').update(bits).digest().subarray(0, 20);
}

/**
 * What a certificate or revocation list repeats of its issuer, taken from the issuer's own bytes: names must match
 * octet for octet.
 * @throws CodedError `certificate_invalid`
 */
export function issuerNames(certificate: X509Certificate): {
  readonly subject: Asn1;
  readonly keyIdentifier: Buffer;
} {
  const subject = fieldsOf(certificate)[5];
  const identifier = extensionOf(certificate, SUBJECT_KEY_IDENTIFIER);
  if (subject === undefined || identifier === undefined) {
    throw new CodedError(
      'certificate_invalid',
      `"${commonNameOf(certificate)}" cannot issue: it has no subject key identifier`,
    );
  }
  return { subject, keyIdentifier: octetsOf(identifier) };
}

/**
 * What names an authority here: its subject key identifier (RFC 5280 4.2.1.2), all of it, in lower-case hex.
 * @throws CodedError `certificate_invalid` when it has none.
 */
export function authorityKeyOf(authority: X509Certificate): string {
  return issuerNames(authority).keyIdentifier.toString('hex');
}

/**
 * Which authority a certificate says it is from: its authority key identifier (RFC 5280 4.2.1.1) in lower-case hex,
 * null where it has none. It is a claim until the signature is checked.
 * @throws Error when its extensions are not DER.
 */
export function issuerKeyOf(certificate: X509Certificate): string | null {
  const identifier = membersOf(extensionOf(certificate, AUTHORITY_KEY_IDENTIFIER)).find((member) =>
    isContextTag(member, 0),
  );
  return identifier === undefined ? null : octetsOf(identifier).toString('hex');
}

/**
 * Whether the certificate says CA:TRUE, whatever its key usage: Node's `ca` is false for one that may not sign.
 * @throws Error when its extensions are not DER.
 */
export function claimsAuthority(certificate: X509Certificate): boolean {
  const [first] = membersOf(extensionOf(certificate, BASIC_CONSTRAINTS));
  return first !== undefined && octetsOf(first).some((octet) => octet !== 0);
}

function fieldsOf(certificate: X509Certificate): readonly Asn1[] {
  return membersOf(membersOf(parseDer(certificate.raw))[0]);
}

/** The value of the extension with this OID. */
function extensionOf(certificate: X509Certificate, oid: string): Asn1 | undefined {
  const extensions = fieldsOf(certificate).find((field) => isContextTag(field, 3));
  const found = membersOf(membersOf(extensions)[0]).find((one) => dottedForm(membersOf(one)[0]) === oid);
  return found && parseDer(octetsOf(membersOf(found).at(-1)));
}

/** The common name of a certificate's subject, for messages only: never decide anything by it. */
export function commonNameOf(certificate: X509Certificate): string {
  return /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? certificate.subject;
}

/** When a certificate issued now begins to hold. */
export function backdated(now: EpochMs): EpochMs {
  return now - BACKDATE_MS;
}

/** PEM of a chain, leaf first, as TLS sends it. */
export function chainPem(...certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('');
}
