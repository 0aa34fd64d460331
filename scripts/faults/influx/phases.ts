import type { Fleet } from '../fleet/fleet.ts';
import { Latencies } from '../fleet/latencies.ts';

const TICK_MS = 5;

export interface Phase {
  readonly ackP99Ms: number;
  /** The 99th percentile of how long an event had to wait for this process, whatever the server did. */
  readonly harnessP99Ms: number;
}

/** Parts a trial into phases, and tells of each how late acks were, and how late this process would have seen them anyway. */
export class Phases implements Disposable {
  readonly #fleet: Fleet;
  readonly #timer: NodeJS.Timeout;
  #due = performance.now() + TICK_MS;
  #late = new Latencies();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    fleet.phase();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** The phase that ends now, and with which another begins. */
  end(): Phase {
    const late = this.#late;
    this.#late = new Latencies();
    return { ackP99Ms: this.#fleet.phase().quantile(0.99), harnessP99Ms: late.quantile(0.99) };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** A stall delays everything that comes while it lasts, what comes at its begin the longest. */
  #tick(): void {
    const now = performance.now();
    for (let late = now - this.#due; late > 0; late -= TICK_MS) this.#late.add(late);
    this.#due = now + TICK_MS;
  }
}
