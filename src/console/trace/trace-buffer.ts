/** A stretch of values as a `waveform` frame brings it. `t` in ms, of the first value. */
export interface TraceChunkValues {
  readonly t: number;
  readonly rate_hz: number;
  readonly values: readonly number[];
}

interface Piece {
  readonly t: number;
  /** From one value to the next, ms. */
  readonly step: number;
  readonly values: readonly number[];
  /** When the value after the last would be, ms. */
  readonly end: number;
}

/** @param joined whether a line leads here from the value before: nothing is missing between them */
export type VisitValue = (t: number, value: number, joined: boolean) => void;

/**
 * The newest stretch of one trace, bounded by time and by count. Chunks may be late, double or of another rate than the ones
 * before; what is missing stays missing.
 */
export class TraceBuffer {
  readonly #keepMs: number;
  readonly #maxValues: number;
  /** Oldest first, none over another. */
  #pieces: Piece[] = [];
  #count = 0;

  constructor(keepMs: number, maxValues = 100_000) {
    this.#keepMs = keepMs;
    this.#maxValues = maxValues;
  }

  /** Up to when there are values, ms; null: there are none. */
  get end(): number | null {
    return this.#pieces.at(-1)?.end ?? null;
  }

  /** How many values are kept. */
  get size(): number {
    return this.#count;
  }

  /** Takes in what of the chunk is new and not too old; false: nothing is. */
  add({ t, rate_hz, values }: TraceChunkValues): boolean {
    if (!(rate_hz > 0) || values.length === 0) return false;
    const step = 1_000 / rate_hz;
    const place = this.#pieces.findLastIndex((piece) => piece.t <= t) + 1;
    const former = this.#pieces[place - 1];
    const free = {
      // Times tremble by half a value at the most: of the faster trace's, or it would begin before the other's last one.
      from: former === undefined ? Number.NEGATIVE_INFINITY : former.end - Math.min(step, former.step) / 2,
      until: this.#pieces[place]?.t ?? Number.POSITIVE_INFINITY,
    };
    const first = Math.max(0, Math.ceil((free.from - t) / step));
    const last = Math.min(values.length, Math.ceil((free.until - t) / step - 0.5));
    const kept = (this.end ?? Number.NEGATIVE_INFINITY) - this.#keepMs;
    if (last <= first || t + last * step <= kept) return false;
    this.#pieces.splice(place, 0, {
      t: t + first * step,
      step,
      values: values.slice(first, last),
      end: t + last * step,
    });
    this.#count += last - first;
    this.#forget();
    return true;
  }

  clear(): void {
    this.#pieces = [];
    this.#count = 0;
  }

  /** Shows every value after `after` and until `until`, in order of time. */
  each(after: number, until: number, visit: VisitValue): void {
    let before: Piece | undefined;
    for (const piece of this.#pieces) {
      const former = before;
      before = piece;
      if (piece.end <= after) continue;
      if (piece.t > until) return;
      const { t, step, values } = piece;
      // Times are whole ms, and clocks of devices tremble: less than one value's time is no gap.
      const follows = former !== undefined && t - former.end < step;
      for (let i = Math.max(0, Math.floor((after - t) / step) + 1); i < values.length; i += 1) {
        const at = t + i * step;
        if (at > until) return;
        visit(at, values[i] ?? 0, i > 0 || follows);
      }
    }
  }

  /** The least and the greatest value since `from`; null: there are none. */
  extremes(from: number): { readonly min: number; readonly max: number } | null {
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    this.each(from, Number.POSITIVE_INFINITY, (_t, value) => {
      if (value < min) min = value;
      if (value > max) max = value;
    });
    return min > max ? null : { min, max };
  }

  #forget(): void {
    const before = (this.end ?? 0) - this.#keepMs;
    let forgotten = 0;
    for (const { end, values } of this.#pieces) {
      if (end > before && this.#count <= this.#maxValues) break;
      this.#count -= values.length;
      forgotten += 1;
    }
    this.#pieces.splice(0, forgotten);
  }
}
