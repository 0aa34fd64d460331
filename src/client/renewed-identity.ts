import type { KeyObject, X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { chainPem } from '../pki/certificate.ts';
import { deviceNamedBy, isClientOnly } from '../pki/device-certificate.ts';
import { privateKeyToPem } from '../pki/key-pair.ts';

/** A certificate with what leads from it to a root, and its key: PEM. */
export interface StoredIdentity {
  readonly cert: string;
  readonly key: string;
}

/** No chain of this product is longer than three. */
const LONGEST_CHAIN = 8;

/**
 * What a device is after a renewal, once the server's answer has been checked.
 * @throws CodedError `renewal_unusable` unless a certificate came that is for the new key, names the same device, may be
 *   used as a client's, holds, and chains to a root that the server named
 */
export function renewedIdentity(renewal: {
  /** What the server issued. */
  readonly issued: readonly X509Certificate[];
  /** What the server says it trusts. */
  readonly authorities: readonly X509Certificate[];
  readonly privateKey: KeyObject;
  /** The certificate that is renewed. */
  readonly present: X509Certificate;
  readonly now: EpochMs;
}): StoredIdentity {
  const { issued, authorities, privateKey, present, now } = renewal;
  const certificate = issued.find((one) => one.checkPrivateKey(privateKey));
  if (certificate === undefined) throw unusable('it is not for the new key');
  if (deviceNamedBy(certificate) !== deviceNamedBy(present)) throw unusable('it names another device');
  if (!isClientOnly(certificate)) throw unusable("it is not a client's");
  if (certificate.validToDate.getTime() <= now) throw unusable('it has expired, or the clock is wrong');
  return {
    cert: chainPem(certificate, ...issuersOf(certificate, authorities)),
    key: privateKeyToPem(privateKey),
  };
}

/** The authorities between a certificate and its root, without the root. */
function issuersOf(certificate: X509Certificate, authorities: readonly X509Certificate[]): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let last = certificate;
  while (chain.length < LONGEST_CHAIN) {
    const issuer = authorities.find((one) => last.checkIssued(one) && last.verify(one.publicKey));
    if (issuer === undefined) break;
    if (issuer.checkIssued(issuer)) return chain;
    chain.push(issuer);
    last = issuer;
  }
  throw unusable('it does not chain to a root that the server trusts');
}

function unusable(why: string): CodedError {
  return new CodedError('renewal_unusable', `the new certificate cannot be used: ${why}`);
}
