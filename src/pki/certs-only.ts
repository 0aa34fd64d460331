import { X509Certificate } from 'node:crypto';
import { CodedError } from '../core/coded-error.ts';
import { encodeDer, integer, objectIdentifier, parseDer, sequence, set, tagged } from './der.ts';
import { hasTag, parseStrictDer, readMembers, readObjectIdentifier } from './der-reader.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const DATA = '1.2.840.113549.1.7.1';

/** The most that is read: some fifty certificates. Octets. */
const MAX_OCTETS = 64 * 1024;

/**
 * A CMS SignedData that carries certificates and signs nothing: what EST answers with (RFC 5652 5.1, RFC 7030 4.1.3).
 * The certificates keep their order: a reader that wants one takes the first.
 */
export function encodeCertsOnly(certificates: readonly X509Certificate[]): Buffer {
  const signedData = sequence(
    integer(1),
    set(),
    sequence(objectIdentifier(DATA)),
    tagged(0, ...certificates.map((certificate) => parseDer(certificate.raw))),
    set(),
  );
  return encodeDer(sequence(objectIdentifier(SIGNED_DATA), tagged(0, signedData)));
}

/**
 * The certificates of a certs-only message, in its order.
 * @throws CodedError `certs_only_malformed`
 */
export function decodeCertsOnly(der: Buffer): X509Certificate[] {
  if (der.length > MAX_OCTETS) {
    throw new CodedError(
      'certs_only_malformed',
      `the message is too large (${der.length} octets): at most ${MAX_OCTETS}`,
    );
  }
  try {
    const [type, content] = readMembers(parseStrictDer(der), 'sequence');
    if (readObjectIdentifier(type) !== SIGNED_DATA) throw new CodedError('der_invalid', 'not SignedData');
    const [signedData] = readMembers(content, 0);
    const certificates = readMembers(signedData, 'sequence').find((field) => hasTag(field, 0));
    return certificates === undefined
      ? []
      : readMembers(certificates, 0).map((certificate) => new X509Certificate(encodeDer(certificate)));
  } catch (cause) {
    throw new CodedError(
      'certs_only_malformed',
      'not a certs-only CMS message in DER (RFC 5652 SignedData with certificates)',
      { cause },
    );
  }
}
