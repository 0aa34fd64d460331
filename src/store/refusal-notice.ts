import type { Clock } from '../core/clock.ts';
import type { CodedError } from '../core/coded-error.ts';

/** Told at once, and then no more often than this: a store may refuse a thousand points a second. Milliseconds. */
const TELL_EVERY_MS = 60_000;

export interface RefusalNoticeOptions {
  readonly clock: Clock;
  /** `points` were set aside since it was told last; `error` is why the newest was. */
  readonly tell: (points: number, error: CodedError) => void;
}

/** Tells whoever is on call that the store refuses points, with how many, and never once a point. */
export class RefusalNotice implements Disposable {
  readonly #options: RefusalNoticeOptions;
  readonly #timer: { cancel(): void };
  #toldAt: number | null = null;
  #untold: { points: number; error: CodedError } | null = null;

  constructor(options: RefusalNoticeOptions) {
    this.#options = options;
    this.#timer = options.clock.every(TELL_EVERY_MS / 4, () => this.#tellDue());
  }

  /** A point was set aside. */
  refused(error: CodedError): void {
    this.#untold = { points: (this.#untold?.points ?? 0) + 1, error };
    this.#tellDue();
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#toldAt = null;
    this.#tellDue();
  }

  #tellDue(): void {
    const now = this.#options.clock.monotonic();
    if (this.#untold === null || (this.#toldAt !== null && now - this.#toldAt < TELL_EVERY_MS)) return;
    const { points, error } = this.#untold;
    this.#untold = null;
    this.#toldAt = now;
    this.#options.tell(points, error);
  }
}
