/** How many distances are remembered, and how many are needed before they count. */
const REMEMBERED = 16;
const ENOUGH = 4;

/** The last few distances between two times, in ms: what rhythm somebody keeps. */
export class RecentDistances {
  readonly #distances: number[];
  /** Place of the oldest once all places are taken: it is the next to be forgotten. */
  #oldest = 0;
  /** What was worked out last, which sorts; NaN: not since a distance came. */
  #quantile = Number.NaN;
  #of = Number.NaN;

  /** @param distances oldest first */
  constructor(distances: readonly number[] = []) {
    this.#distances = distances.slice(-REMEMBERED);
  }

  /** Whether there are enough to speak of a rhythm. */
  get isEnough(): boolean {
    return this.#distances.length >= ENOUGH;
  }

  /** Remembers a distance, forgetting the oldest. */
  remember(distance: number): void {
    this.#quantile = Number.NaN;
    if (this.#distances.length < REMEMBERED) {
      this.#distances.push(distance);
      return;
    }
    this.#distances[this.#oldest] = distance;
    this.#oldest = (this.#oldest + 1) % REMEMBERED;
  }

  /** The distance that a share `q` of them does not exceed; 0 when there is none. */
  quantile(q: number): number {
    if (this.#of === q && !Number.isNaN(this.#quantile)) return this.#quantile;
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
