import { type KeyObject, sign, verify } from 'node:crypto';
import { CodedError } from '../core/coded-error.ts';
import { type Asn1, bitString, encodeDer, nullValue, objectIdentifier, sequence } from './der.ts';
import { hasTag, readBits, readMembers, readObjectIdentifier } from './der-reader.ts';
import { type KeyAlgorithm, keyAlgorithmOf } from './key-pair.ts';

/** What this product signs with. */
const OWN: Record<KeyAlgorithm, string> = {
  'ec-p256': '1.2.840.10045.4.3.2',
  'rsa-3072': '1.2.840.113549.1.1.11',
};

/** What it believes: ECDSA (RFC 5758 3.2) and RSA PKCS#1 v1.5 (RFC 4055 5) with SHA-256 and better. SHA-1 is not here. */
const ACCEPTED: Readonly<Record<string, { readonly key: 'ec' | 'rsa'; readonly hash: string }>> = {
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
};

/**
 * The AlgorithmIdentifier of what `key` signs: ecdsa-with-SHA256, or sha256WithRSAEncryption, which alone has
 * parameters (NULL; RFC 4055 5).
 * @throws CodedError `key_unsupported`
 */
export function signatureAlgorithm(key: KeyObject): Asn1 {
  const algorithm = keyAlgorithmOf(key);
  const identifier = objectIdentifier(OWN[algorithm]);
  return algorithm === 'ec-p256' ? sequence(identifier) : sequence(identifier, nullValue());
}

/**
 * The DER of `toBeSigned` with its signature behind it: the form that certificates, requests and revocation lists
 * have in common.
 * @throws CodedError `key_unsupported`
 */
export function signed(toBeSigned: Asn1, key: KeyObject): Buffer {
  const signature = sign('sha256', encodeDer(toBeSigned), { key, dsaEncoding: 'der' });
  return encodeDer(sequence(toBeSigned, signatureAlgorithm(key), bitString(signature)));
}

/** Something signed, taken apart. */
export interface SignedParts {
  readonly toBeSigned: Asn1;
  readonly algorithm: Asn1;
  readonly signature: Buffer;
}

/**
 * Takes apart what `signed` puts together; `value` comes from `parseStrictDer`.
 * @throws CodedError `der_invalid`
 */
export function readSigned(value: Asn1): SignedParts {
  const [toBeSigned, algorithm, signature, ...rest] = readMembers(value, 'sequence');
  if (toBeSigned === undefined || algorithm === undefined || rest.length > 0) {
    throw new CodedError('der_invalid', 'not a value, its algorithm and its signature');
  }
  return { toBeSigned, algorithm, signature: readBits(signature) };
}

/**
 * Whether `key` made the signature.
 * @throws CodedError `der_invalid`; `signature_unsupported` for an algorithm that is not accepted, or not the key's.
 */
export function isSignedBy({ toBeSigned, algorithm, signature }: SignedParts, key: KeyObject): boolean {
  const [identifier, ...parameters] = readMembers(algorithm, 'sequence');
  const name = readObjectIdentifier(identifier);
  const accepted = ACCEPTED[name];
  const wellFormed =
    accepted?.key === 'ec'
      ? parameters.length === 0
      : parameters.length === 1 && hasTag(parameters[0], 'null');
  if (accepted === undefined || accepted.key !== key.asymmetricKeyType || !wellFormed) {
    throw new CodedError(
      'signature_unsupported',
      `signature algorithm ${name} is not accepted for ${key.asymmetricKeyType ?? 'this'} keys: sign with SHA-256, SHA-384 or SHA-512, by ECDSA or RSA PKCS#1 v1.5`,
      { details: { algorithm: name } },
    );
  }
  return verify(accepted.hash, encodeDer(toBeSigned), { key, dsaEncoding: 'der' }, signature);
}
