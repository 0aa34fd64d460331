import type { Clock, Scheduled } from '../core/clock.ts';

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: Scheduled | null;
}

/** Promises for states that become true as frames come and go: looked at again on every `check`. */
export class Conditions {
  readonly #clock: Clock;
  #waiters: Waiter[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves once `holds()` is true at a check, at once if it is already.
   * @throws what `late` makes when `timeoutMs` of the clock have passed; what `fail` was called with
   */
  until(holds: () => boolean, timeoutMs: number | null, late: () => Error): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === null
          ? null
          : this.#clock.after(timeoutMs, () => {
              this.#waiters = this.#waiters.filter((other) => other !== waiter);
              reject(late());
            });
      const waiter: Waiter = { holds, resolve, reject, timer };
      this.#waiters.push(waiter);
    });
  }

  check(): void {
    if (this.#waiters.length === 0) return;
    const waiting: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (waiter.holds()) {
        waiter.timer?.cancel();
        waiter.resolve();
      } else waiting.push(waiter);
    }
    this.#waiters = waiting;
  }

  /** Ends every wait: what is waited for can no longer come true. */
  fail(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      waiter.timer?.cancel();
      waiter.reject(error);
    }
  }
}
