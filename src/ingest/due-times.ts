/** Places for as many to begin with; grows by doubling. */
const FEW = 64;

/** One place among due times; ended once nothing of it will be due any more. */
export interface Due extends Disposable {
  /** It is due then, and not when it was to be before; infinity: it is not. */
  at(time: number): void;
}

/**
 * When each of many is due, so that none is touched before: the times stand in a row of numbers and are all compared (a
 * nanosecond each), where looking at ten thousand sessions is as many waits for memory. Nothing is allocated when a time
 * changes, to an earlier one or a later one.
 */
export class DueTimes<Of> {
  #times = new Float64Array(FEW).fill(Number.POSITIVE_INFINITY);
  readonly #taken: ({ readonly of: Of; readonly due: Due } | null)[] = [];
  readonly #free: number[] = [];

  /** A place of its own for `of`, which is not due. */
  add(of: Of): Due {
    let place = this.#free.pop() ?? this.#taken.length;
    if (place === this.#times.length) this.#grow();
    const set = (time: number): void => {
      // Whoever comes late says so of a place that may be another's by now.
      if (place >= 0) this.#times[place] = time;
    };
    const due: Due = {
      at: set,
      [Symbol.dispose]: () => {
        if (place < 0) return;
        set(Number.POSITIVE_INFINITY);
        this.#taken[place] = null;
        this.#free.push(place);
        place = -1;
      },
    };
    this.#taken[place] = { of, due };
    return due;
  }

  /** Everything is due, e.g. since the clock that it was reckoned by has been set. */
  setAll(time: number): void {
    for (const [place, taken] of this.#taken.entries()) if (taken !== null) this.#times[place] = time;
  }

  /** Looks at what is due at `now`, once each; it is not due afterwards unless `look` says when it is again. */
  visit(now: number, look: (of: Of, due: Due) => void): void {
    // What is added meanwhile has its turn the next time.
    const places = this.#taken.length;
    for (let place = 0; place < places; place++) {
      // Asked for anew each time: looking at one may make the row another.
      const time = this.#times[place];
      if (time === undefined || time > now) continue;
      const taken = this.#taken[place];
      this.#times[place] = Number.POSITIVE_INFINITY;
      if (taken) look(taken.of, taken.due);
    }
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length).fill(Number.POSITIVE_INFINITY);
    times.set(this.#times);
    this.#times = times;
  }
}
