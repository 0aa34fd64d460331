/** Values kept in one phase: past it every second one is let go, and then every second one is taken. */
const MAX_KEPT = 100_000;

/** Latencies of one phase of a trial. Milliseconds. */
export class Latencies {
  #values: number[] = [];
  #every = 1;
  #seen = 0;

  add(value: number): void {
    this.#seen += 1;
    if (this.#seen % this.#every !== 0) return;
    this.#values.push(value);
    if (this.#values.length < MAX_KEPT) return;
    this.#values = this.#values.filter((_, index) => index % 2 === 0);
    this.#every *= 2;
  }

  get count(): number {
    return this.#seen;
  }

  /** 0 when nothing was measured. @param share of [0, 1], e.g. 0.99 */
  quantile(share: number): number {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return (
      Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10
    );
  }
}
