interface Sample {
  readonly at: number;
  readonly total: number;
}

/** How fast a count grows, over the last few seconds. Bounded: ten samples, whatever is told. */
export class SlidingRate {
  readonly #windowMs: number;
  readonly #samples: Sample[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The count is `total` at `at`, in monotonic milliseconds; neither may go back. */
  note(at: number, total: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < this.#windowMs / 10) return;
    this.#samples.push({ at, total });
    // One from before the window stays: the window begins somewhere after it.
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? at) <= at - this.#windowMs)
      this.#samples.shift();
  }

  /** Units a second until `at`, where the count is `total`; 0 before anything was noted. */
  perSecond(at: number, total: number): number {
    const first = this.#samples[0];
    if (first === undefined || at <= first.at) return 0;
    return ((total - first.total) / (at - first.at)) * 1_000;
  }
}
