import type { EpochMs } from '../core/clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Expiry } from './credential-watch.ts';

/** How long ahead of its end something is warned of, and how often it is said again. Milliseconds. */
const AHEAD_MS = 24 * 3_600_000;
const AGAIN_MS = 24 * 3_600_000;

/** Tells of certificates and revocation lists that end within a day: once a day each, in the log. */
export class ExpiryWarning {
  readonly #log: Log;
  readonly #left: { set(labels: { name: string }, seconds: number): void };
  readonly #told = new Map<string, { readonly of: EpochMs; readonly at: EpochMs }>();

  constructor({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }) {
    this.#log = log;
    this.#left = metrics.gauge(
      'vitalwire_certificate_expires_seconds',
      'Seconds until a certificate or revocation list in use ends; below 0 when it has ended.',
      ['name'],
    );
  }

  /** Those that end within a day, or have ended. */
  due(expiries: readonly Expiry[], now: EpochMs): readonly Expiry[] {
    return expiries.filter(({ at }) => at - now < AHEAD_MS);
  }

  look(expiries: readonly Expiry[], now: EpochMs): void {
    for (const { name, at } of expiries) this.#left.set({ name }, Math.floor((at - now) / 1_000));
    for (const { name, at } of this.due(expiries, now)) {
      const told = this.#told.get(name);
      if (told?.of === at && now - told.at < AGAIN_MS) continue;
      this.#told.set(name, { of: at, at: now });
      const facts = { event: 'credential_ends', name, ends: new Date(at).toISOString() };
      if (at > now) this.#log.warn(facts, `${name} ends within a day: replace it`);
      else this.#log.error(facts, `${name} has ended: replace it`);
    }
  }
}
