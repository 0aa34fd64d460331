import { CertificateRenewal, type RenewalFailure, type RenewalSettings } from './certificate-renewal.ts';
import type { Renewed } from './device-client-events.ts';
import { DeviceIdentities } from './device-identities.ts';
import { DeviceIdentity, type DeviceIdentityOptions, type DeviceKeyPair } from './device-identity.ts';
import { Refusal } from './refusal.ts';

export interface DeviceCredentialsOptions extends DeviceIdentityOptions {
  readonly first: DeviceKeyPair;
  readonly random: () => number;
  readonly renewal: RenewalSettings | null;
  /** There is a new identity to connect with: what stands on the former one is to be ended first, in good order. */
  readonly replaced: () => void;
  /** The server has taken the new one. */
  readonly renewed: (renewed: Renewed) => void;
  readonly failed: (failure: RenewalFailure) => void;
}

/** What a device shows the server, over its whole life: the present identity, renewed in time where that is wanted. */
export class DeviceCredentials implements Disposable {
  readonly #options: DeviceCredentialsOptions;
  readonly #identities: DeviceIdentities;
  readonly #renewal: CertificateRenewal | null;

  /** @throws CodedError `certificate_unusable` when it is to be renewed and is no device certificate */
  constructor(options: DeviceCredentialsOptions) {
    this.#options = options;
    this.#identities = new DeviceIdentities(new DeviceIdentity(options.first, options));
    this.#renewal =
      options.renewal &&
      new CertificateRenewal({
        ...options.renewal,
        base: options.base,
        clock: options.clock,
        random: options.random,
        timeoutMs: options.handshakeTimeoutMs,
        failed: options.failed,
        identity: () => this.#identities.current,
        renewed: (pair) => {
          this.#identities.adopt(new DeviceIdentity(pair, options));
          options.replaced();
        },
      });
  }

  get current(): DeviceIdentity {
    return this.#identities.current;
  }

  /** Renews in time from now on. */
  start(): void {
    this.#renewal?.schedule();
  }

  /** The server has given `identity` a token. */
  taken(identity: DeviceIdentity): void {
    if (!this.#identities.taken(identity)) return;
    this.#renewal?.taken();
    const { serialNumber: serial, validToDate } = identity.certificate;
    this.#options.renewed({ serial, until: validToDate.getTime() });
  }

  /** The server has not given `identity` a token. */
  refused(identity: DeviceIdentity, error: unknown): void {
    if (!(error instanceof Refusal) || error.status !== 401 || identity !== this.current) return;
    if (this.#identities.fallBackFrom(identity, this.#options.clock.now()))
      this.#renewal?.refused(error, this.#identities.current);
    // Only where an admin allows a late renewal does the server answer at all.
    else if (error.code === 'certificate_expired') this.#renewal?.now();
  }

  /** No renewal any more; connections that stand are not touched. */
  stop(): void {
    this.#renewal?.[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.stop();
    this.#identities[Symbol.dispose]();
  }
}
