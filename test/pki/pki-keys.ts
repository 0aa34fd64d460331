import { generateKeyPair, type KeyAlgorithm, type KeyPair } from '../../src/pki/key-pair.ts';

/** Both kinds of keys that the product makes, for tests that hold for either. */
export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = ['ec-p256', 'rsa-3072'];

/** One key pair of each kind: RSA keys take a second to make, so that a test file makes them once. */
export function keyPairs(): Readonly<Record<KeyAlgorithm, KeyPair>> {
  return { 'ec-p256': generateKeyPair('ec-p256'), 'rsa-3072': generateKeyPair('rsa-3072') };
}
