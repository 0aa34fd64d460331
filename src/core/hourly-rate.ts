const HOUR_MS = 3_600_000;
/** Keys remembered; the one that was not heard of for longest makes room. */
const MAX_KEYS = 10_000;

/** How often somebody did something within an hour. Times are a monotonic clock's, in milliseconds. */
export class HourlyRate {
  readonly #most: number;
  /** Oldest time first, never more than the rate; the key heard of last stands last. */
  readonly #times = new Map<string, readonly number[]>();

  /** @param most in any hour */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts once more, unless that would be too often. @returns milliseconds to wait before it is not; 0: counted */
  take(key: string, monotonic: number): number {
    const recent = (this.#times.get(key) ?? []).filter((time) => time > monotonic - HOUR_MS);
    const [oldest] = recent;
    if (oldest !== undefined && recent.length >= this.#most) return oldest + HOUR_MS - monotonic;
    this.#times.delete(key);
    if (this.#times.size >= MAX_KEYS) this.#times.delete(this.#times.keys().next().value ?? '');
    this.#times.set(key, [...recent, monotonic]);
    return 0;
  }
}
