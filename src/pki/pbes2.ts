import { createCipheriv, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { type Asn1, integer, nullValue, objectIdentifier, octetString, sequence } from './der.ts';

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const HMAC_WITH_SHA256 = '1.2.840.113549.2.9';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';
const AES_256_CBC = '2.16.840.1.101.3.4.1.42';
const KEY_OCTETS = 32;
const SALT_OCTETS = 16;

/**
 * 16 MiB and five passes. More memory is beyond the 32 MiB that OpenSSL gives scrypt unless told otherwise, and then
 * neither `openssl` nor Node opens the key; the passes make up for it.
 */
const SCRYPT_COST = { N: 2 ** 14, r: 8, p: 5 } as const;

/** How a key is made of a password. */
export type KeyDerivation =
  | { readonly kind: 'scrypt' }
  | { readonly kind: 'pbkdf2'; readonly iterations: number };

export interface Encrypted {
  /** The AlgorithmIdentifier that whoever decrypts needs: derivation, salt, cost, cipher, initialisation vector. */
  readonly algorithm: Asn1;
  readonly ciphertext: Buffer;
}

/**
 * Encrypts with AES-256-CBC under a key made of `password`, in UTF-8, with a salt of its own (PBES2, RFC 8018 6.2;
 * scrypt as RFC 7914 section 7 has it).
 */
export function encryptByPassword(plaintext: Buffer, password: string, derivation: KeyDerivation): Encrypted {
  const salt = randomBytes(SALT_OCTETS);
  const iv = randomBytes(16);
  const { key, algorithm } = derive(password, salt, derivation);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  key.fill(0);
  const scheme = sequence(objectIdentifier(AES_256_CBC), octetString(iv));
  return { algorithm: sequence(objectIdentifier(PBES2), sequence(algorithm, scheme)), ciphertext };
}

function derive(
  password: string,
  salt: Buffer,
  derivation: KeyDerivation,
): { readonly key: Buffer; readonly algorithm: Asn1 } {
  switch (derivation.kind) {
    case 'scrypt': {
      const { N, r, p } = SCRYPT_COST;
      return {
        key: scryptSync(password, salt, KEY_OCTETS, SCRYPT_COST),
        algorithm: sequence(
          objectIdentifier(SCRYPT),
          sequence(octetString(salt), integer(N), integer(r), integer(p)),
        ),
      };
    }
    case 'pbkdf2': {
      const { iterations } = derivation;
      const pseudorandomFunction = sequence(objectIdentifier(HMAC_WITH_SHA256), nullValue());
      return {
        key: pbkdf2Sync(password, salt, iterations, KEY_OCTETS, 'sha256'),
        algorithm: sequence(
          objectIdentifier(PBKDF2),
          sequence(octetString(salt), integer(iterations), integer(KEY_OCTETS), pseudorandomFunction),
        ),
      };
    }
  }
}
