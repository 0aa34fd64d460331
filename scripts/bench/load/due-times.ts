/** Frames in flight a connection that can be timed: with more than that unacked the oldest are not. */
const KEPT = 4_096;

/** When each unacked frame of a connection was due, by its number. Milliseconds of a monotonic clock. */
export class DueTimes {
  /** A ring, made no larger than what is in flight needs. */
  #times = new Float64Array(16);
  #oldest = 1;
  #next = 1;

  /** Frame `seq`, the next one, was due at `at`. */
  add(seq: number, at: number): void {
    if (this.#next - this.#oldest === this.#times.length) this.#grow();
    this.#times[seq % this.#times.length] = at;
    this.#next = seq + 1;
  }

  /** Calls `each` with the due time of every frame up to `seq` that was not taken yet. */
  take(seq: number, each: (at: number) => void): void {
    const end = Math.min(seq + 1, this.#next);
    for (; this.#oldest < end; this.#oldest++) each(this.#times[this.#oldest % this.#times.length] ?? 0);
  }

  #grow(): void {
    if (this.#times.length >= KEPT) {
      this.#oldest += 1;
      return;
    }
    const former = this.#times;
    this.#times = new Float64Array(former.length * 4);
    for (let seq = this.#oldest; seq < this.#next; seq++)
      this.#times[seq % this.#times.length] = former[seq % former.length] ?? 0;
  }
}
