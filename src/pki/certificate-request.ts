import { createPublicKey, type KeyObject } from 'node:crypto';
import { CodedError } from '../core/coded-error.ts';
import {
  type Asn1,
  encodeDer,
  integer,
  objectIdentifier,
  octetsOf,
  parseDer,
  sequence,
  set,
  tagged,
} from './der.ts';
import {
  hasTag,
  parseStrictDer,
  readBits,
  readMembers,
  readObjectIdentifier,
  readUnsignedHex,
} from './der-reader.ts';
import { DEVICE_URN_PREFIX } from './device-certificate.ts';
import { commonNamesAmong, encodeName, type NameAttribute, readName } from './distinguished-name.ts';
import { encodeExtension, readExtensions, SUBJECT_ALT_NAME, subjectAltName } from './extension.ts';
import { type KeyPair, supportedAlgorithm } from './key-pair.ts';
import { decodeBase64, decodePem } from './pem.ts';
import { isSignedBy, readSigned, signed } from './signature.ts';

/** The most that is read of a request. A P-256 one takes some 300 octets, RSA 4096 with many names 2 KiB. Octets. */
export const REQUEST_MAX_OCTETS = 16 * 1024;

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const PRIME256V1 = '1.2.840.10045.3.1.7';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const RSA_MAX_BITS = 4096;
/** RFC 5480 2.2: the form of a point that everybody reads. */
const UNCOMPRESSED_P256_OCTETS = 65;

/** A request whose maker has shown to hold the private key. All else in it is only asked for. */
export interface CertificateRequest {
  readonly publicKey: KeyObject;
  readonly subject: readonly NameAttribute[];
  /**
   * Every device that the request names, in a device URN or a common name, each once and unchecked. A request for
   * device X names X and nothing else, or nothing at all.
   */
  readonly deviceNames: readonly string[];
}

/**
 * A PKCS#10 request (RFC 2986) for the certificate of `device`, in DER.
 * @throws CodedError `key_unsupported`
 */
export function createCertificateRequest(request: {
  readonly device: string;
  readonly organization: string;
  readonly keyPair: KeyPair;
}): Buffer {
  const { device, organization, keyPair } = request;
  const names = subjectAltName({ kind: 'uri', uri: `${DEVICE_URN_PREFIX}${device}` });
  const extensions = sequence(encodeExtension(names));
  const information = sequence(
    integer(0),
    encodeName({ organization, commonName: device }),
    parseDer(keyPair.publicKey.export({ format: 'der', type: 'spki' })),
    tagged(0, sequence(objectIdentifier(EXTENSION_REQUEST), set(extensions))),
  );
  return signed(information, keyPair.privateKey);
}

/**
 * Reads a PKCS#10 request in DER and checks that its key signed it.
 * @throws CodedError `request_malformed`; `request_key_unsupported` unless the key is P-256 or RSA of 3072 to 4096
 *   bits; `request_not_signed_by_its_key`, also for a signature by SHA-1 or another algorithm that is not accepted.
 */
export function parseCertificateRequest(der: Buffer): CertificateRequest {
  if (der.length > REQUEST_MAX_OCTETS) throw tooLarge(der.length);
  try {
    return readRequest(parseStrictDer(der));
  } catch (cause) {
    if (cause instanceof CodedError && cause.code.startsWith('request_')) throw cause;
    throw malformed(cause);
  }
}

/**
 * Reads a request as text: PEM, or the bare base64 that EST sends (RFC 7030 4.2.1).
 * @throws CodedError as `parseCertificateRequest`
 */
export function readCertificateRequest(text: string): CertificateRequest {
  // Twice the octets: base64, line ends, and what openssl writes above the PEM.
  if (text.length > 2 * REQUEST_MAX_OCTETS) throw tooLarge(text.length);
  const der = text.includes('-----BEGIN ')
    ? decodePem(text, ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])
    : decodeBase64(text);
  if (der === null) throw malformed(undefined);
  return parseCertificateRequest(der);
}

function readRequest(value: Asn1): CertificateRequest {
  const parts = readSigned(value);
  const [version, name, keyInfo, attributes, ...rest] = readMembers(parts.toBeSigned, 'sequence');
  if (readUnsignedHex(version, 1) !== '00' || keyInfo === undefined || rest.length > 0) {
    throw new CodedError('der_invalid', 'not a CertificationRequestInfo of version 1');
  }
  const subject = readName(name);
  const uris = requestedUris(readMembers(attributes, 0));
  const publicKey = readPublicKey(keyInfo);
  if (!isPossessed(parts, publicKey)) {
    throw new CodedError(
      'request_not_signed_by_its_key',
      'the request is not signed by the private key of the public key in it: make it again with the right key',
    );
  }
  const inUrns = uris
    .filter((uri) => uri.startsWith(DEVICE_URN_PREFIX))
    .map((uri) => uri.slice(DEVICE_URN_PREFIX.length));
  return { publicKey, subject, deviceNames: [...new Set([...inUrns, ...commonNamesAmong(subject)])] };
}

function isPossessed(parts: Parameters<typeof isSignedBy>[0], key: KeyObject): boolean {
  try {
    return isSignedBy(parts, key);
  } catch (cause) {
    if (!(cause instanceof CodedError) || cause.code !== 'signature_unsupported') throw cause;
    throw new CodedError('request_not_signed_by_its_key', cause.message, { cause, details: cause.details });
  }
}

/** The URIs among the alternative names asked for (extensionRequest, RFC 2985 5.4.2). */
function requestedUris(attributes: readonly Asn1[]): readonly string[] {
  const requested = attributes
    .map((attribute) => readMembers(attribute, 'sequence'))
    .filter(([type]) => readObjectIdentifier(type) === EXTENSION_REQUEST)
    .map(([, values]) => readMembers(values, 'set'));
  // Single-valued: two readers must not come to two names.
  if (requested.some((values) => values.length !== 1) || requested.length > 1) {
    throw new CodedError('der_invalid', 'more than one extension request');
  }
  return requested
    .flatMap((values) => readExtensions(values[0]))
    .filter(({ oid }) => oid === SUBJECT_ALT_NAME)
    .flatMap(({ value }) => readMembers(value, 'sequence'))
    .filter((name) => hasTag(name, 6))
    .map((name) => octetsOf(name).toString('latin1'));
}

function readPublicKey(info: Asn1): KeyObject {
  const [algorithm, bits] = readMembers(info, 'sequence');
  const [type, parameters] = readMembers(algorithm, 'sequence');
  const kind = readObjectIdentifier(type);
  const octets = readBits(bits);
  // By the encoding, before OpenSSL sees it: a curve by its parameters can pass for one by its name.
  const readable =
    kind === RSA_ENCRYPTION ||
    (kind === EC_PUBLIC_KEY &&
      hasTag(parameters, 'objectIdentifier') &&
      readObjectIdentifier(parameters) === PRIME256V1 &&
      octets.length === UNCOMPRESSED_P256_OCTETS);
  if (!readable) throw keyUnsupported();
  const key = createPublicKey({ key: encodeDer(info), format: 'der', type: 'spki' });
  if (!isAccepted(key)) throw keyUnsupported();
  return key;
}

function isAccepted(key: KeyObject): boolean {
  if (supportedAlgorithm(key) === null) return false;
  const { modulusLength = 0, publicExponent = 65_537n } = key.asymmetricKeyDetails ?? {};
  // NIST SP 800-56B 6.2: odd, above 2^16; and short, for a long one makes every check of a signature slow.
  return (
    modulusLength <= RSA_MAX_BITS &&
    publicExponent % 2n === 1n &&
    publicExponent > 2n ** 16n &&
    publicExponent < 2n ** 64n
  );
}

function keyUnsupported(): CodedError {
  return new CodedError(
    'request_key_unsupported',
    `the key in the request is not supported: use P-256 (named curve, uncompressed point), or RSA of 3072 to ${RSA_MAX_BITS} bits with exponent 65537`,
  );
}

function malformed(cause: unknown): CodedError {
  return new CodedError(
    'request_malformed',
    'not a PKCS#10 certificate request in DER, PEM or base64 (RFC 2986)',
    { cause },
  );
}

function tooLarge(length: number): CodedError {
  return new CodedError(
    'request_malformed',
    `the certificate request is too large (${length} octets or characters): at most ${REQUEST_MAX_OCTETS} octets of DER`,
    { details: { length, limit: REQUEST_MAX_OCTETS } },
  );
}
