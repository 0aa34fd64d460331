/** How many distances are remembered, and how many are needed before they count. */
const REMEMBERED = 16;
const ENOUGH = 4;

/** The last few distances between two times, in ms: what rhythm somebody keeps. */
export class RecentDistances {
  readonly #distances: number[];
  /** Place of the oldest once all places are taken: it is the next to be forgotten. */
  #oldest = 0;
  /** What was worked out last, which sorts, and for which share; -1: not since a distance came. */
  #quantile = -1;
  #of = -1;

  /** @param distances oldest first */
  constructor(distances: readonly number[] = []) {
    this.#distances = [];
    for (const distance of distances) this.remember(distance);
  }

  /** Whether there are enough to speak of a rhythm. */
  get isEnough(): boolean {
    return this.#distances.length >= ENOUGH;
  }

  /** Remembers a distance, forgetting the oldest. */
  remember(distance: number): void {
    this.#of = -1;
    if (this.#distances.length < REMEMBERED) {
      this.#distances.push(distance);
      return;
    }
    this.#distances[this.#oldest] = distance;
    this.#oldest = (this.#oldest + 1) % REMEMBERED;
  }

  /** The distance that a share `q` of them does not exceed; 0 when there is none. */
  quantile(q: number): number {
    if (this.#of === q) return this.#quantile;
    const sorted = [...this.#distances].sort((a, b) => a - b);
    this.#of = q;
    this.#quantile = sorted[Math.floor((sorted.length - 1) * q)] ?? 0;
    return this.#quantile;
  }

  /** Oldest first. */
  list(): number[] {
    return [...this.#distances.slice(this.#oldest), ...this.#distances.slice(0, this.#oldest)];
  }
}
