import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CodedError, codeOf } from '../core/coded-error.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A new P-256 key pair: the curve that wearables' secure elements speak (NIST FIPS 186-5). */
export function generateKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** A private key as PKCS#8 PEM; with a passphrase encrypted (PBES2, AES-256-CBC; RFC 8018). */
export function privateKeyToPem(key: KeyObject, passphrase?: string): string {
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return key.export({ format: 'pem', type: 'pkcs8', ...encryption }).toString();
}

/** Whether a PEM holds an encrypted private key (RFC 7468 section 11). */
export function isEncryptedPem(pem: string): boolean {
  return pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----');
}

/**
 * Reads a PEM private key.
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
