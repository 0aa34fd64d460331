import type { EpochMs } from '../core/clock.ts';
import { backdated, type Issuer, issueCertificate, selfSign } from './certificate.ts';
import type { DistinguishedName } from './distinguished-name.ts';
import {
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  type KeyPurpose,
  keyUsage,
} from './extension.ts';
import { generateKeyPair, type KeyAlgorithm } from './key-pair.ts';

/** An authority: its certificate and the private key that signs. */
export type CertificateAuthority = Issuer;

const DAY_MS = 86_400_000;
const ROOT_DAYS = 20 * 365;
const ISSUING_DAYS = 5 * 365;

/**
 * A new self-signed root. Path length 1: issuing authorities below it, and none below those. Nothing can revoke it, so
 * it names no revocation list.
 */
export function createRootAuthority(
  subject: DistinguishedName,
  now: EpochMs,
  keyAlgorithm?: KeyAlgorithm,
): CertificateAuthority {
  const { privateKey, publicKey } = generateKeyPair(keyAlgorithm);
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
 * @throws CodedError `issuer_expired`, `key_unsupported`, `invalid_crl_url`
 */
export function createIssuingAuthority(
  root: CertificateAuthority,
  request: {
    readonly subject: DistinguishedName;
    readonly purpose: KeyPurpose;
    /** Where the root's revocation list is to be had; null: nowhere. */
    readonly crlUrl: string | null;
    readonly keyAlgorithm?: KeyAlgorithm;
    readonly now: EpochMs;
  },
): CertificateAuthority {
  const { privateKey, publicKey } = generateKeyPair(request.keyAlgorithm);
  const template = {
    subject: request.subject,
    publicKey,
    notBefore: backdated(request.now),
    notAfter: request.now + ISSUING_DAYS * DAY_MS,
    extensions: [
      basicConstraints(0),
      keyUsage('keyCertSign', 'cRLSign'),
      extendedKeyUsage(request.purpose),
      ...crlDistributionPoints(request.crlUrl),
    ],
  };
  return { certificate: issueCertificate(template, root), privateKey };
}
