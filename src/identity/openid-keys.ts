import type { KeyObject } from 'node:crypto';
import type { Clock, Scheduled } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { Log } from '../observe/log.ts';
import { IdentityError } from './identity-error.ts';
import type { OpenIdKeySet } from './openid-key-set.ts';
import { invalidToken } from './token-refusal.ts';

/** How often the provider is asked, and how long without its answer. Milliseconds. */
export interface OpenIdKeyPolicy {
  /** Keys are fetched anew after this. */
  readonly refreshMs: number;
  /** While the provider does not answer, keys hold so long: a shift. */
  readonly maxStaleMs: number;
  /** A fetch, from discovery to keys, takes at most this. */
  readonly timeoutMs: number;
  /** Between two fetches at least this; after failures twice as long each time, up to `maxIntervalMs`. */
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
}

export const OPENID_KEY_POLICY: OpenIdKeyPolicy = {
  refreshMs: 10 * 60_000,
  maxStaleMs: 12 * 3_600_000,
  timeoutMs: 5_000,
  minIntervalMs: 10_000,
  maxIntervalMs: 60_000,
};

/** Callers that may wait for one fetch; more are turned away at once. */
const MAX_WAITING = 256;

export interface OpenIdKeysOptions {
  readonly fetch: (signal: AbortSignal) => Promise<OpenIdKeySet>;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: OpenIdKeyPolicy;
}

/** For metrics. */
export interface OpenIdKeyFigures {
  /** Keys that verify now. */
  readonly keys: number;
  /** Since they were fetched, in milliseconds; 0 when there are none. */
  readonly ageMs: number;
  /** Fetches since the start, and those that failed. */
  readonly fetches: number;
  readonly failedFetches: number;
}

/**
 * The keys of the provider, kept and fetched anew so that neither its failures nor a flood of tokens with unknown keys
 * cost more than a fetch an interval, and nobody waits for longer than one.
 */
export class OpenIdKeys implements Disposable {
  readonly #options: OpenIdKeysOptions;
  readonly #policy: OpenIdKeyPolicy;
  #keys: OpenIdKeySet | null = null;
  #fetchedAt = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** In a row. */
  #failures = 0;
  #fetches = 0;
  #failedFetches = 0;
  #lastCode = 'not asked yet';
  #inFlight: Promise<void> | null = null;
  #waiting = 0;
  #next: Scheduled | null = null;
  readonly #disposed = new AbortController();

  constructor(options: OpenIdKeysOptions) {
    this.#options = options;
    this.#policy = options.policy ?? OPENID_KEY_POLICY;
  }

  /** Begins to fetch, and to fetch anew, in the background: a provider that is down does not keep a server from starting. */
  start(): void {
    this.#inFlight ??= this.#fetch();
  }

  /**
   * The key of a token.
   * @throws IdentityError `token_invalid` when the provider has no such key, `identity_provider_unavailable` when that
   *   can't be known
   */
  async find(kid: string, algorithm: string): Promise<KeyObject> {
    const known = this.#usable()?.find(kid, algorithm);
    if (known) return known;
    await this.#askAgain();
    const keys = this.#usable();
    const found = keys?.find(kid, algorithm);
    if (found) return found;
    if (keys === null || this.#failures > 0) throw unavailable();
    throw invalidToken('"kid" names no key of the identity provider');
  }

  /**
   * Resolves when there are keys, which is at once unless the provider has not answered for long.
   * @throws IdentityError `identity_provider_unavailable`
   */
  async ready(): Promise<void> {
    if (this.#usable() === null) await this.#askAgain();
    if (this.#usable() === null) throw unavailable();
  }

  health(): { readonly state: 'ok' | 'degraded'; readonly detail: string } {
    const keys = this.#usable();
    const held = keys === null ? 'no keys' : `${keys.size} keys, ${Math.round(this.#age() / 1000)} s old`;
    if (keys !== null && this.#failures === 0) return { state: 'ok', detail: held };
    return { state: 'degraded', detail: `${this.#lastCode}; ${held}` };
  }

  figures(): OpenIdKeyFigures {
    const keys = this.#usable();
    return {
      keys: keys?.size ?? 0,
      ageMs: keys === null ? 0 : this.#age(),
      fetches: this.#fetches,
      failedFetches: this.#failedFetches,
    };
  }

  [Symbol.dispose](): void {
    this.#next?.cancel();
    this.#disposed.abort(new CodedError('provider_not_asked', 'the server stops'));
  }

  #age(): number {
    return this.#options.clock.monotonic() - this.#fetchedAt;
  }

  #usable(): OpenIdKeySet | null {
    return this.#keys !== null && this.#age() < this.#policy.maxStaleMs ? this.#keys : null;
  }

  #intervalMs(): number {
    const { minIntervalMs, maxIntervalMs } = this.#policy;
    return Math.min(maxIntervalMs, minIntervalMs * 2 ** Math.min(Math.max(this.#failures - 1, 0), 16));
  }

  /** Waits for the fetch that runs, or for one that may run now. */
  async #askAgain(): Promise<void> {
    if (this.#inFlight === null) {
      if (this.#options.clock.monotonic() - this.#askedAt < this.#intervalMs()) return;
      this.#inFlight = this.#fetch();
    }
    if (this.#waiting >= MAX_WAITING) throw unavailable();
    this.#waiting++;
    try {
      await this.#inFlight;
    } finally {
      this.#waiting--;
    }
  }

  /** Never rejects: the outcome is in the fields. */
  async #fetch(): Promise<void> {
    const { clock, fetch } = this.#options;
    if (this.#disposed.signal.aborted) return;
    this.#next?.cancel();
    this.#askedAt = clock.monotonic();
    this.#fetches++;
    const late = new AbortController();
    const timer = clock.after(this.#policy.timeoutMs, () =>
      late.abort(new CodedError('provider_timeout', `no answer in ${this.#policy.timeoutMs} ms`)),
    );
    try {
      const signal = AbortSignal.any([late.signal, this.#disposed.signal]);
      this.#succeeded(await fetch(signal));
    } catch (cause) {
      this.#failed(cause);
    } finally {
      timer.cancel();
      this.#inFlight = null;
      this.#plan();
    }
  }

  #plan(): void {
    if (this.#disposed.signal.aborted) return;
    const delayMs = this.#failures === 0 ? this.#policy.refreshMs : this.#intervalMs();
    this.#next = this.#options.clock.after(delayMs, () => this.start());
  }

  #succeeded(keys: OpenIdKeySet): void {
    const first = this.#keys === null || this.#failures > 0;
    this.#keys = keys;
    this.#fetchedAt = this.#options.clock.monotonic();
    this.#failures = 0;
    if (first)
      this.#options.log.info(
        { event: 'identity_provider', state: 'ok', count: keys.size },
        'identity provider answers',
      );
  }

  #failed(cause: unknown): void {
    if (this.#disposed.signal.aborted) return;
    this.#failures++;
    this.#failedFetches++;
    this.#lastCode = codeOf(cause);
    if (this.#failures === 1)
      this.#options.log.warn(
        { event: 'identity_provider', state: 'degraded', code: this.#lastCode, err: cause },
        'identity provider can not be asked for its keys',
      );
  }
}

function unavailable(): IdentityError {
  return new IdentityError(
    'identity_provider_unavailable',
    'the identity provider can not be asked for its keys at the moment',
  );
}
