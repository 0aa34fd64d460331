import type { Clock } from '../core/clock.ts';

/** Tells when a commit takes too long, while it does. One timer at a time, not one for each commit. */
export class StallWatch {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #onStall: () => void;
  #began: number | null = null;
  #timer: { cancel(): void } | null = null;

  constructor(clock: Clock, afterMs: number, onStall: () => void) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#onStall = onStall;
  }

  begin(): void {
    this.#began = this.#clock.monotonic();
    this.#timer ??= this.#clock.after(this.#afterMs, () => this.#look());
  }

  end(): void {
    this.#began = null;
  }

  stop(): void {
    this.#began = null;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #look(): void {
    this.#timer = null;
    if (this.#began === null) return;
    const left = this.#began + this.#afterMs - this.#clock.monotonic();
    if (left <= 0) this.#onStall();
    else this.#timer = this.#clock.after(left, () => this.#look());
  }
}
