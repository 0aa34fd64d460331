import type { EpochMs } from '../core/clock.ts';
import { backdated, type Issuer, issueCertificate, selfSign } from './certificate.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import { basicConstraints, extendedKeyUsage, type KeyPurpose, keyUsage } from './extension.ts';
import { generateKeyPair } from './key-pair.ts';

/** An authority: its certificate and the private key that signs. */
export type CertificateAuthority = Issuer;

const DAY_MS = 86_400_000;
const ROOT_DAYS = 20 * 365;
const ISSUING_DAYS = 5 * 365;

/** A new self-signed root. Path length 1: issuing authorities below it, and none below those. */
export function createRootAuthority(subject: DistinguishedName, now: EpochMs): CertificateAuthority {
  const { privateKey, publicKey } = generateKeyPair();
  const template = {
    subject,
    publicKey,
    notBefore: backdated(now),
    notAfter: now + ROOT_DAYS * DAY_MS,
    extensions: [basicConstraints(1), keyUsage('keyCertSign', 'cRLSign')],
  };
  return { certificate: selfSign(template, privateKey), privateKey };
}

/**
 * A new issuing authority below `root`, good for one purpose: the extended key usage on the authority itself makes
 * TLS refuse a leaf it issued for the other one.
 */
export function createIssuingAuthority(
  root: CertificateAuthority,
  subject: DistinguishedName,
  purpose: KeyPurpose,
  now: EpochMs,
): CertificateAuthority {
  const { privateKey, publicKey } = generateKeyPair();
  const template = {
    subject,
    publicKey,
    notBefore: backdated(now),
    notAfter: now + ISSUING_DAYS * DAY_MS,
    extensions: [basicConstraints(0), keyUsage('keyCertSign', 'cRLSign'), extendedKeyUsage(purpose)],
  };
  return { certificate: issueCertificate(template, root), privateKey };
}
