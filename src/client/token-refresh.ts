import { fullJitter } from '../core/backoff.ts';
import type { Clock, Scheduled } from '../core/clock.ts';
import type { HeldToken } from './device-token-source.ts';
import { Refusal } from './refusal.ts';

/** Longest delay a timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const RETRY = { baseMs: 1_000, capMs: 10_000 };

export interface TokenRefreshOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly renew: () => Promise<HeldToken>;
  /** Puts the new token on the socket. */
  readonly send: (token: string) => void;
  readonly trouble: (error: Error) => void;
}

/** Keeps one connection's token fresh: a new one on the same socket before the old one expires. */
export class TokenRefresh implements Disposable {
  readonly #options: TokenRefreshOptions;
  #timer: Scheduled | null = null;
  #running = false;
  #disposed = false;

  constructor(options: TokenRefreshOptions) {
    this.#options = options;
  }

  schedule(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(Math.min(Math.max(delayMs, 0), MAX_TIMER_MS), () => this.now());
  }

  /** Refreshes at once; a refresh under way is enough. */
  now(): void {
    if (this.#running || this.#disposed) return;
    this.#running = true;
    this.#timer?.cancel();
    void this.#refresh().finally(() => {
      this.#running = false;
    });
  }

  async #refresh(): Promise<void> {
    for (let attempt = 0; !this.#disposed; attempt += 1) {
      let asked = 0;
      try {
        const held = await this.#options.renew();
        if (this.#disposed) return;
        this.#options.send(held.token);
        this.schedule(held.refreshInMs);
        return;
      } catch (error) {
        if (error instanceof Refusal) asked = error.retryAfterMs;
        this.#options.trouble(error as Error);
      }
      await new Promise<void>((resolve) => {
        const delay = asked + fullJitter(attempt, RETRY, this.#options.random);
        this.#options.clock.after(delay, resolve);
      });
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.cancel();
  }
}
