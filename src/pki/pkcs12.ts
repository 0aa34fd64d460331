import { createHash, createHmac, type KeyObject, randomBytes, type X509Certificate } from 'node:crypto';
import { CodedError } from '../core/coded-error.ts';
import {
  type Asn1,
  bmpString,
  encodeDer,
  implicit,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
} from './der.ts';
import { encryptedPrivateKeyInfo } from './encrypted-private-key.ts';
import { encryptByPassword } from './pbes2.ts';

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
const SHA256 = '2.16.840.1.101.3.4.2.1';

const VERSION = 3;
const SALT_OCTETS = 16;
const SHA256_BLOCK_OCTETS = 64;
/** RFC 7292 B.3: what the derived octets are for. */
const MAC_KEY_ID = 3;
/**
 * Of each of the three derivations. Whoever finds the file tries passwords on the cheapest, so all are alike; more is
 * not to be had, for readers bound them, each and in sum (.NET's loader does).
 */
const ITERATIONS = 200_000;

/**
 * A PKCS#12 file with a private key and its certificates, for phones and browsers (RFC 7292): key and certificates
 * each encrypted by PBES2 (AES-256-CBC, PBKDF2 with HMAC-SHA256), the whole authenticated with HMAC-SHA256.
 * @throws CodedError `password_required`; `key_not_of_certificate`
 */
export function createPkcs12(content: {
  readonly privateKey: KeyObject;
  readonly certificate: X509Certificate;
  /** The authorities above it. */
  readonly chain: readonly X509Certificate[];
  readonly password: string;
  /** What the store shows for it. */
  readonly friendlyName: string;
}): Buffer {
  const { privateKey, certificate, chain, password, friendlyName } = content;
  // Readers do not agree what an empty password is: no octets, or the two that end it.
  if (password === '') throw new CodedError('password_required', 'a PKCS#12 file needs a password: give one');
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CodedError('key_not_of_certificate', 'the private key is not the one of the certificate');
  }
  const attributes = bagAttributes(certificate, friendlyName);
  const derivation = { kind: 'pbkdf2', iterations: ITERATIONS } as const;
  const key = encryptedPrivateKeyInfo(privateKey, password, derivation);
  const keyBag = sequence(objectIdentifier(SHROUDED_KEY_BAG), tagged(0, key), attributes);
  const certificateBags = sequence(
    certificateBag(certificate, attributes),
    ...chain.map((authority) => certificateBag(authority)),
  );
  const { algorithm, ciphertext } = encryptByPassword(encodeDer(certificateBags), password, derivation);
  const encrypted = sequence(
    integer(0),
    sequence(objectIdentifier(DATA), algorithm, implicit(0, ciphertext)),
  );
  const contents = encodeDer(
    sequence(
      sequence(objectIdentifier(ENCRYPTED_DATA), tagged(0, encrypted)),
      dataOf(encodeDer(sequence(keyBag))),
    ),
  );
  return encodeDer(sequence(integer(VERSION), dataOf(contents), macOf(contents, password)));
}

function dataOf(octets: Buffer): Asn1 {
  return sequence(objectIdentifier(DATA), tagged(0, octetString(octets)));
}

function certificateBag(certificate: X509Certificate, attributes?: Asn1): Asn1 {
  const value = sequence(objectIdentifier(X509_CERTIFICATE), tagged(0, octetString(certificate.raw)));
  const members = [objectIdentifier(CERTIFICATE_BAG), tagged(0, value)];
  if (attributes !== undefined) members.push(attributes);
  return sequence(...members);
}

/** The same on key and certificate: it is how readers find which key is whose. */
function bagAttributes(certificate: X509Certificate, friendlyName: string): Asn1 {
  const localKeyId = createHash('sha256').update(certificate.raw).digest();
  return set(
    sequence(objectIdentifier(FRIENDLY_NAME), set(bmpString(friendlyName))),
    sequence(objectIdentifier(LOCAL_KEY_ID), set(octetString(localKeyId))),
  );
}

function macOf(contents: Buffer, password: string): Asn1 {
  const salt = randomBytes(SALT_OCTETS);
  const key = macKey(password, salt);
  const digest = createHmac('sha256', key).update(contents).digest();
  const digestInfo = sequence(sequence(objectIdentifier(SHA256), nullValue()), octetString(digest));
  return sequence(digestInfo, octetString(salt), integer(ITERATIONS));
}

/** RFC 7292 B.2 for one output block, which is what an HMAC-SHA256 key takes: no further step of it is needed. */
function macKey(password: string, salt: Buffer): Buffer {
  const identity = Buffer.alloc(SHA256_BLOCK_OCTETS, MAC_KEY_ID);
  // B.1: BMPString, with its terminator.
  const characters = Buffer.from(`${password}\0`, 'utf16le').swap16();
  let digest = Buffer.concat([identity, repeated(salt), repeated(characters)]);
  for (let i = 0; i < ITERATIONS; i += 1) digest = createHash('sha256').update(digest).digest();
  return digest;
}

/** As often as fills the last of the blocks that `octets` begins. */
function repeated(octets: Buffer): Buffer {
  return Buffer.alloc(Math.ceil(octets.length / SHA256_BLOCK_OCTETS) * SHA256_BLOCK_OCTETS, octets);
}
