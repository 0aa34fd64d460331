import type { Clock, Scheduled } from '../core/clock.ts';

/** Calls `lost` once when there was no sign of life for `limitMs` of the clock's time. */
export class Watchdog implements Disposable {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #lost: () => void;
  #lastSign: number;
  #timer: Scheduled | null = null;
  #disposed = false;

  constructor(clock: Clock, limitMs: number, lost: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#lost = lost;
    this.#lastSign = clock.monotonic();
    this.#arm(limitMs);
  }

  /** The peer gave a sign of life. Cheap: no timer is touched. */
  alive(): void {
    this.#lastSign = this.#clock.monotonic();
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => {
      const silent = this.#clock.monotonic() - this.#lastSign;
      if (silent < this.#limitMs) {
        this.#arm(this.#limitMs - silent);
        return;
      }
      // A process that was busy for long sees its timers before its sockets: what has arrived is read first.
      setImmediate(() => {
        if (this.#disposed) return;
        const still = this.#clock.monotonic() - this.#lastSign;
        if (still < this.#limitMs) this.#arm(this.#limitMs - still);
        else this.#lost();
      });
    });
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.cancel();
  }
}
