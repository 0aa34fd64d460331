import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import {
  type Asn1,
  bitString,
  dottedForm,
  encodeDer,
  explicit,
  integer,
  membersOf,
  objectIdentifier,
  octetsOf,
  parseDer,
  sequence,
  time,
} from './der.ts';
import { type DistinguishedName, encodeName } from './distinguished-name.ts';
import {
  authorityKeyIdentifier,
  type Extension,
  encodeExtension,
  SUBJECT_KEY_IDENTIFIER,
  subjectKeyIdentifier,
} from './extension.ts';

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

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** A certificate signed by its own key. `issuer.privateKey` is the key of `template.publicKey`. */
export function selfSign(template: CertificateTemplate, privateKey: KeyObject): X509Certificate {
  const name = encodeName(template.subject);
  const identifier = keyIdentifierOf(template.publicKey);
  return build(template, name, identifier, privateKey);
}

/**
 * A certificate signed by `issuer`. It ends with the issuer at the latest: nothing verifies beyond that.
 * @throws CodedError `issuer_expired` when nothing of the time asked for is left.
 */
export function issueCertificate(template: CertificateTemplate, issuer: Issuer): X509Certificate {
  const end = Math.min(template.notAfter, issuer.certificate.validToDate.getTime());
  if (end <= template.notBefore + BACKDATE_MS) {
    throw new CodedError(
      'issuer_expired',
      `the issuing certificate "${commonNameOf(issuer.certificate)}" ended ${issuer.certificate.validToDate.toISOString()}: make a new one`,
    );
  }
  const fields = certificateFields(issuer.certificate);
  return build(
    { ...template, notAfter: end },
    fields.subject,
    fields.subjectKeyIdentifier,
    issuer.privateKey,
  );
}

function build(
  template: CertificateTemplate,
  issuerName: Asn1,
  issuerKeyIdentifier: Buffer,
  signingKey: KeyObject,
): X509Certificate {
  if (signingKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new CodedError(
      'key_unsupported',
      'certificates are signed with P-256 keys: make the authority again',
    );
  }
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const extensions = [
    ...template.extensions,
    subjectKeyIdentifier(keyIdentifierOf(template.publicKey)),
    authorityKeyIdentifier(issuerKeyIdentifier),
  ];
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    integer(randomSerial()),
    algorithm,
    issuerName,
    sequence(time(new Date(template.notBefore)), time(new Date(template.notAfter))),
    encodeName(template.subject),
    parseDer(template.publicKey.export({ format: 'der', type: 'spki' })),
    explicit(3, sequence(...extensions.map(encodeExtension))),
  );
  const signature = sign('sha256', encodeDer(toBeSigned), { key: signingKey, dsaEncoding: 'der' });
  return new X509Certificate(encodeDer(sequence(toBeSigned, algorithm, bitString(signature))));
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

interface CertificateFields {
  readonly subject: Asn1;
  readonly subjectKeyIdentifier: Buffer;
}

/** What a child repeats of its issuer, taken from the issuer's own bytes: names must match octet for octet. */
function certificateFields(certificate: X509Certificate): CertificateFields {
  const members = membersOf(membersOf(parseDer(certificate.raw))[0]);
  const subject = members[5];
  const extensions = membersOf(membersOf(members[7])[0]);
  const found = extensions.find(
    (extension) => dottedForm(membersOf(extension)[0]) === SUBJECT_KEY_IDENTIFIER,
  );
  if (subject === undefined || found === undefined) {
    throw new CodedError(
      'certificate_invalid',
      `"${commonNameOf(certificate)}" cannot issue: it has no subject key identifier`,
    );
  }
  return { subject, subjectKeyIdentifier: octetsOf(parseDer(octetsOf(membersOf(found).at(-1)))) };
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
