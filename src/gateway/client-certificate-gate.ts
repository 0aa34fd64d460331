import type { TLSSocket } from 'node:tls';
import { thumbprintOf } from '../identity/device-identity.ts';

/** OpenSSL's name for X509_V_ERR_CERT_HAS_EXPIRED. */
const EXPIRED = 'CERT_HAS_EXPIRED';

/**
 * Decides, after the handshake and before HTTP, whose TLS connection to the device listener goes on. It stands where
 * `rejectUnauthorized` would: Node's handshake lets every peer through and judges afterwards in either case, and this
 * knows the one exception there is, an expired certificate that may be renewed late.
 */
export class ClientCertificateGate {
  readonly #lateRenewalAllowed: (thumbprint: string) => boolean;
  readonly #late = new WeakSet<object>();

  /**
   * @param lateRenewalAllowed whether the device of the registered certificate with this thumbprint may renew though
   *   it has expired. OpenSSL reports the last of the faults it finds, so that an expired certificate may have others:
   *   only the digest of all its bytes, found in the registry, says that this service issued it.
   */
  constructor(lateRenewalAllowed: (thumbprint: string) => boolean) {
    this.#lateRenewalAllowed = lateRenewalAllowed;
  }

  /** Why the peer is turned away; null: it may go on. */
  readonly refusalOf = (socket: TLSSocket): string | null => {
    const certificate = socket.getPeerX509Certificate();
    // First, and by the certificate itself: `authorized` alone has been seen true on a resumed session without any.
    if (certificate === undefined) return 'peer did not return a certificate';
    // An OpenSSL name at run time, on full handshakes and resumed sessions; Node's types say Error.
    const fault = socket.authorizationError as unknown;
    if (fault === undefined || fault === null) {
      return socket.authorized ? null : 'the certificate was not verified';
    }
    if (fault !== EXPIRED || !this.#lateRenewalAllowed(thumbprintOf(certificate.raw))) return String(fault);
    this.#late.add(socket);
    return null;
  };

  /** Whether this connection is here only to renew an expired certificate. */
  isLate(socket: object): boolean {
    return this.#late.has(socket);
  }
}
