import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import type { RevocationReason } from '../../../src/model/people.ts';
import type { Seeded } from '../seeded.ts';
import type { Proof } from '../wire/raw-tls.ts';
import {
  authorityKeyId,
  basicConstraints,
  type CertificateTemplate,
  extendedKeyUsage,
  generalName,
  keyUsage,
  nameOf,
  OID,
  type RawAuthority,
  type RawExtension,
  randomSerial,
  SIGNATURES,
  type Signature,
  signCertificate,
  subjectAltName,
  subjectKeyId,
} from './certificate-template.ts';
import { type CertificateWorld, DAY_MS, ecKey } from './certificate-world.ts';

/** What the registry says of a certificate and its device. Left out: registered, active, of an active device. */
export interface RegistryState {
  readonly device?: 'active' | 'suspended' | 'revoked';
  readonly certificate?: 'active' | 'pending' | RevocationReason;
  /** An admin lets the device renew once, though its certificate has expired. */
  readonly lateRenewal?: true;
}

/** One attempt to come in: what is shown, and what the registry is made to say of it. */
export interface ForgedCertificate {
  /** What was done this time; the same seed gives the same words. */
  readonly variant: string;
  /** DER, leaf first; nothing: no certificate is shown. */
  readonly chain: readonly Buffer[];
  readonly key: KeyObject | null;
  /** How the key is shown to be held; left out: by a signature with `key`. */
  readonly proof?: Proof;
  /** OpenSSL would not send it, or something else in its place. */
  readonly rawOnly?: true;
  /** null: the registry knows the device, and not this certificate. */
  readonly registry?: RegistryState | null;
}

/** What a class of attacks works with. */
export interface Forge {
  readonly world: CertificateWorld;
  readonly random: Seeded;
  /** The device that the certificate is to be taken for; no other attempt has it. */
  readonly device: string;
  /** A device in good standing with another certificate. */
  readonly victim: string;
  readonly now: number;
}

export type CertificateClass = (forge: Forge) => ForgedCertificate;

/** What differs from a certificate by the book. */
export interface Deviation extends Partial<Omit<CertificateTemplate, 'publicKey'>> {
  readonly key?: KeyObject;
  readonly authority?: RawAuthority;
  readonly signature?: Signature;
  readonly outerAlgorithm?: Buffer;
  /** Its subject key identifier. */
  readonly keyId?: Buffer;
  /** In place of the extension of the same OID; null: it is left out. */
  readonly replace?: Readonly<Record<string, RawExtension | null>>;
  /** Behind the others. */
  readonly add?: readonly RawExtension[];
}

export interface Leaf {
  readonly der: Buffer;
  readonly key: KeyObject;
}

export function deviceUri(device: string): Buffer {
  return generalName(6, `urn:vitalwire:device:${device}`);
}

/** A certificate as this service issues them to `device`, but for the deviation. */
export function leafOf({ world, device, now }: Forge, deviation: Deviation = {}): Leaf {
  const {
    key = ecKey(),
    authority = world.device,
    replace = {},
    add = [],
    keyId = randomBytes(20),
    ...fields
  } = deviation;
  const book: RawExtension[] = [
    basicConstraints(false),
    keyUsage(0x80),
    extendedKeyUsage(OID.clientAuth),
    subjectAltName(deviceUri(device)),
    subjectKeyId(keyId),
    authorityKeyId(authority.keyId),
  ];
  const extensions = book.flatMap((extension) => {
    const other = replace[extension.oid];
    return other === undefined ? [extension] : other === null ? [] : [other];
  });
  const template: CertificateTemplate = {
    version: 2,
    serial: randomSerial(),
    issuer: authority.name,
    notBefore: now - 300_000,
    notAfter: now + 90 * DAY_MS,
    subject: nameOf(device),
    publicKey: createPublicKey(key),
    extensions: [...extensions, ...add],
    ...fields,
  };
  const { signature = SIGNATURES.ecdsaSha256, outerAlgorithm } = deviation;
  return { der: signCertificate(template, authority.key, signature, outerAlgorithm), key };
}

/** The attempt with a leaf that deviates in one thing. */
export function deviating(forge: Forge, variant: string, deviation: Deviation): ForgedCertificate {
  const { der, key } = leafOf(forge, deviation);
  return { variant, chain: [der, (deviation.authority ?? forge.world.device).der], key };
}
