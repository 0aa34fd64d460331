import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { encryptPrivateKey } from './encrypted-private-key.ts';

/** The keys this product makes: by default the curve that wearables' secure elements speak (FIPS 186-5). */
export type KeyAlgorithm = 'ec-p256' | 'rsa-3072';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const RSA_BITS = 3072;

/** A new key pair. RSA takes about a second of the calling thread. */
export function generateKeyPair(algorithm: KeyAlgorithm = 'ec-p256'): KeyPair {
  switch (algorithm) {
    case 'ec-p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'rsa-3072':
      return generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  }
}

/** Which kind of key this is, public or private; RSA of more than 3072 bits counts as `rsa-3072`. Null: unsupported. */
export function supportedAlgorithm(key: KeyObject): KeyAlgorithm | null {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ec-p256';
  return key.asymmetricKeyType === 'rsa' && modulusLength >= RSA_BITS ? 'rsa-3072' : null;
}

/**
 * As `supportedAlgorithm`, for a key that must be supported.
 * @throws CodedError `key_unsupported`
 */
export function keyAlgorithmOf(key: KeyObject): KeyAlgorithm {
  const algorithm = supportedAlgorithm(key);
  if (algorithm !== null) return algorithm;
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  const size = namedCurve ?? (modulusLength === undefined ? '' : `${modulusLength} bits`);
  const kind = `${key.asymmetricKeyType ?? key.type} ${size}`.trim();
  throw new CodedError(
    'key_unsupported',
    `a key of type ${kind} is not supported: use P-256, or RSA of ${RSA_BITS} bits or more`,
  );
}

/** A private key as PKCS#8 PEM; with a passphrase encrypted (PBES2, scrypt, AES-256-CBC). */
export function privateKeyToPem(key: KeyObject, passphrase?: string): string {
  return passphrase === undefined
    ? key.export({ format: 'pem', type: 'pkcs8' }).toString()
    : encryptPrivateKey(key, passphrase);
}

/** Whether a PEM holds an encrypted private key (RFC 7468 section 11). */
export function isEncryptedPem(pem: string): boolean {
  return pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----');
}

/**
 * Reads a PEM private key; an encrypted one by PBKDF2 or scrypt.
 * @throws CodedError `passphrase_required`, `passphrase_wrong`, `key_invalid`
 */
export function privateKeyFromPem(pem: string, passphrase?: string): KeyObject {
  const encrypted = isEncryptedPem(pem);
  if (encrypted && passphrase === undefined) {
    throw new CodedError('passphrase_required', 'the private key is encrypted and no passphrase was given');
  }
  try {
    return createPrivateKey(encrypted ? { key: pem, passphrase: passphrase ?? '' } : pem);
  } catch (cause) {
    // OpenSSL's own codes say which internal routine failed, not why: a wrong passphrase shows as several of them.
    if (encrypted) {
      throw new CodedError('passphrase_wrong', 'the passphrase does not open the private key', { cause });
    }
    throw new CodedError('key_invalid', `not a private key in PEM (${codeOf(cause)})`, { cause });
  }
}
