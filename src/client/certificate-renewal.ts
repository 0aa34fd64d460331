import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { fullJitter } from '../core/backoff.ts';
import type { Clock, Scheduled } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { createCertificateRequest } from '../pki/certificate-request.ts';
import { deviceNamedBy } from '../pki/device-certificate.ts';
import { generateKeyPair, type KeyAlgorithm, supportedAlgorithm } from '../pki/key-pair.ts';
import type { DeviceIdentity } from './device-identity.ts';
import { type EstPeer, fetchAuthorities, requestRenewal } from './est-client.ts';
import { Refusal } from './refusal.ts';
import { renewedIdentity, type StoredIdentity } from './renewed-identity.ts';

/** How a device keeps the identities it renews. */
export interface RenewalSettings {
  /** Resolves when the identity is on disk and will be found after a power cut; only then is it used. */
  readonly store: (identity: StoredIdentity) => Promise<void>;
  /** Of the new key; default: as the present one. RSA takes about a second of the thread. */
  readonly keyAlgorithm?: KeyAlgorithm;
}

/** An attempt that failed. */
export interface RenewalFailure {
  readonly error: Error;
  /** Milliseconds of the clock until the next one. */
  readonly retryInMs: number;
}

export interface CertificateRenewalOptions extends RenewalSettings {
  readonly base: URL;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timeoutMs: number;
  /** What the device connects with now. */
  readonly identity: () => DeviceIdentity;
  /** An identity that is stored and may be used. */
  readonly renewed: (identity: StoredIdentity) => void;
  readonly failed: (failure: RenewalFailure) => void;
}

/** Part of a certificate's life after which it is renewed, and the window of the jitter: a fleet that was issued at once
 * does not come at once. */
const RENEW_AFTER = 2 / 3;
const JITTER = 1 / 10;

const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Of the time that is left: many attempts fit in before the end, whatever the life. */
const RETRY_SHARE = 1 / 16;

/**
 * When a certificate is to be renewed: `draw` from [0, 1) places it in the window from 2/3 of its life to 2/3 + 1/10.
 * Milliseconds since the epoch.
 */
export function renewalTime({ validFromDate, validToDate }: X509Certificate, draw: number): number {
  const from = validFromDate.getTime();
  return from + (validToDate.getTime() - from) * (RENEW_AFTER + JITTER * draw);
}

/** Renews a device's certificate in time, again and again, each with a new key (EST, RFC 7030). */
export class CertificateRenewal implements Disposable {
  readonly #options: CertificateRenewalOptions;
  readonly #stop = new AbortController();
  #timer: Scheduled | null = null;
  #running = false;
  #failures = 0;
  /** The key that is asked for: kept over attempts, since an answer may have been lost on its way. */
  #asked: { readonly privateKey: KeyObject; readonly request: Buffer } | null = null;
  /** What was obtained and could not be stored. */
  #obtained: StoredIdentity | null = null;

  /** @throws CodedError `certificate_unusable` when there is no device certificate to renew */
  constructor(options: CertificateRenewalOptions) {
    this.#options = options;
    if (deviceOf(options.identity()) !== null) return;
    throw new CodedError(
      'certificate_unusable',
      'only a device certificate in PEM can be renewed: check `cert`',
    );
  }

  /** Sets the time of the next renewal by the present certificate. */
  schedule(): void {
    const { identity, clock, random } = this.#options;
    this.#after(renewalTime(identity().certificate, random()) - clock.now());
  }

  /** Renews at once; one under way is enough. */
  now(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    this.#running = true;
    this.#timer?.cancel();
    this.#renew()
      .catch((error: unknown) => this.#failed(error as Error))
      .finally(() => {
        this.#running = false;
      });
  }

  /** The server has taken what was renewed. */
  taken(): void {
    this.#failures = 0;
  }

  /** The server did not take what was renewed, and the device goes on with `former`: that is what it must find again. */
  refused(error: Error, former: DeviceIdentity): void {
    const { cert, key } = former.pair;
    this.#options
      .store({ cert: cert.toString(), key: key.toString() })
      .then(() => this.#failed(error))
      .catch((cause: unknown) => this.#failed(cause as Error));
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#timer?.cancel();
  }

  #after(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#stop.signal.aborted) return;
    this.#timer = this.#options.clock.after(Math.max(0, delayMs), () => this.now());
  }

  async #renew(): Promise<void> {
    this.#obtained ??= await this.#obtain();
    if (this.#stop.signal.aborted) return;
    await this.#options.store(this.#obtained);
    const identity = this.#obtained;
    this.#obtained = null;
    this.#asked = null;
    if (this.#stop.signal.aborted) return;
    this.#options.renewed(identity);
    this.schedule();
  }

  async #obtain(): Promise<StoredIdentity> {
    const { base, timeoutMs, identity, clock } = this.#options;
    const { agent, certificate: present, pair } = identity();
    this.#asked ??= newRequest(present, this.#options.keyAlgorithm ?? algorithmOf(pair.key));
    const { privateKey, request } = this.#asked;
    const peer: EstPeer = { base, agent, timeoutMs, signal: this.#stop.signal };
    const authorities = await fetchAuthorities(peer);
    const issued = await requestRenewal(peer, request);
    return renewedIdentity({ issued, authorities, privateKey, present, now: clock.now() });
  }

  #failed(error: Error): void {
    if (this.#stop.signal.aborted) return;
    const { clock, random, identity } = this.#options;
    const left = identity().certificate.validToDate.getTime() - clock.now();
    const capMs = left > 0 ? Math.min(LONGEST_RETRY_MS, left * RETRY_SHARE) : LONGEST_RETRY_MS;
    const asked = error instanceof Refusal ? error.retryAfterMs : 0;
    const jitter = fullJitter(this.#failures, { baseMs: FIRST_RETRY_MS, capMs }, random);
    this.#failures += 1;
    const retryInMs = asked + jitter;
    this.#after(retryInMs);
    this.#options.failed({ error, retryInMs });
  }
}

function newRequest(present: X509Certificate, algorithm: KeyAlgorithm) {
  const keyPair = generateKeyPair(algorithm);
  // RFC 7030 4.2.2: the names of the certificate that is renewed.
  const device = deviceNamedBy(present) ?? '';
  const organization = /^O=(.+)$/m.exec(present.subject)?.[1] ?? 'Vitalwire';
  const request = createCertificateRequest({ device, organization, keyPair });
  return { privateKey: keyPair.privateKey, request };
}

function deviceOf(identity: DeviceIdentity): string | null {
  try {
    return deviceNamedBy(identity.certificate);
  } catch (cause) {
    throw new CodedError('certificate_unusable', 'not a certificate in PEM: check `cert`', { cause });
  }
}

function algorithmOf(key: string | Buffer): KeyAlgorithm {
  return supportedAlgorithm(createPrivateKey(key)) ?? 'ec-p256';
}
