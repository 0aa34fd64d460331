import type { KeyObject } from 'node:crypto';
import { type Asn1, encodeDer, octetString, sequence } from './der.ts';
import { encryptByPassword, type KeyDerivation } from './pbes2.ts';
import { encodePem } from './pem.ts';

/** A private key as EncryptedPrivateKeyInfo (RFC 5958 section 3), as it stands in a PEM and in a PKCS#12. */
export function encryptedPrivateKeyInfo(key: KeyObject, password: string, derivation: KeyDerivation): Asn1 {
  const plain = key.export({ format: 'der', type: 'pkcs8' });
  const { algorithm, ciphertext } = encryptByPassword(plain, password, derivation);
  plain.fill(0);
  return sequence(algorithm, octetString(ciphertext));
}

/** A private key in PEM that `passphrase` opens: PBES2 with scrypt and AES-256-CBC (RFC 7914 section 7). */
export function encryptPrivateKey(key: KeyObject, passphrase: string): string {
  const info = encryptedPrivateKeyInfo(key, passphrase, { kind: 'scrypt' });
  return encodePem('ENCRYPTED PRIVATE KEY', encodeDer(info));
}
