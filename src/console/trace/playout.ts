/** Longer than the trembling of a network that works. Milliseconds. */
const MARGIN_MS = 250;
/** A chunk that is awaited for longer is not waited for with a longer delay. Milliseconds. */
const LONGEST_WAIT_MS = 3_000;
/** Further from where it should be than this, the sweep leaps; nearer, it hurries or lingers unseen. Milliseconds. */
const LEAP_MS = 1_500;
/** By how much it hurries or lingers at the most, and over what time a deviation is made up for. */
const HURRY = { most: 0.08, overMs: 4_000 };

/**
 * Where in a trace the sweep stands. Chunks come once a second or so, and not evenly: it stays behind the newest value by
 * as long as the next chunk may take, and runs at the pace of the trace. Times of the trace are the device's, `now` is of a
 * clock that runs evenly; both ms.
 */
export class Playout {
  #head: number | null = null;
  #end = 0;
  #at = 0;
  #pace = 1;
  #awaited = 0;
  #arrivedAt: number | null = null;

  /** Up to where the trace is shown; null: nothing has come. Never beyond what has come. */
  headAt(now: number): number | null {
    if (this.#head === null) return null;
    const passed = Math.max(0, now - this.#at);
    this.#at = Math.max(this.#at, now);
    this.#head = Math.min(this.#end, this.#head + passed * this.#pace);
    return this.#head;
  }

  /** Whether all that has come is shown. */
  starvedAt(now: number): boolean {
    const head = this.headAt(now);
    return head === null || head >= this.#end;
  }

  /** @param end up to when there are values now @param lasts how long the chunk is, ms */
  arrived(end: number, lasts: number, now: number): void {
    const gap = this.#arrivedAt === null ? 0 : now - this.#arrivedAt;
    const awaited = Math.max(lasts, gap > LONGEST_WAIT_MS ? 0 : gap, this.#awaited * 0.9);
    this.#awaited = Math.min(LONGEST_WAIT_MS, awaited);
    this.#arrivedAt = now;
    const head = this.headAt(now);
    this.#end = end;
    const due = end - this.#awaited - MARGIN_MS;
    const behind = head === null ? Number.POSITIVE_INFINITY : due - head;
    if (Math.abs(behind) > LEAP_MS) {
      this.#head = due;
      this.#at = now;
      this.#pace = 1;
      return;
    }
    this.#pace = 1 + Math.max(-HURRY.most, Math.min(HURRY.most, behind / HURRY.overMs));
  }

  /** The trace begins anew. */
  reset(): void {
    this.#head = null;
    this.#arrivedAt = null;
    this.#awaited = 0;
  }
}
