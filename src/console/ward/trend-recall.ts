import type { Vital } from '../../model/vital.ts';
import { TREND_MS, type Trend } from '../feed/trend.ts';
import { path, type Rest } from '../server/rest.ts';

/** Questions at the same time, and those that may wait: a ward of 64 with eight vitals each. */
const AT_ONCE = 2;
const MOST_WAITING = 512;
const RESOLUTION_MS = 10_000;
/** A trend that lacks less than this of its quarter of an hour needs no history. */
const ENOUGH_MS = 60_000;

interface History {
  readonly buckets?: readonly { readonly t: number; readonly mean: number }[];
}

interface Wish {
  readonly patient: string;
  readonly vital: Vital;
  readonly trend: Trend;
}

/**
 * Fetches what was measured before the page came, once for each trend. Without it a sparkline begins at what is seen live:
 * that is all a failure does.
 */
export class TrendRecall implements Disposable {
  readonly #rest: Pick<Rest, 'get'>;
  readonly #now: () => number;
  readonly #asked = new WeakSet<Trend>();
  readonly #waiting: Wish[] = [];
  readonly #abort = new AbortController();
  #running = 0;

  /** @param now server's clock, epoch ms */
  constructor(rest: Pick<Rest, 'get'>, now: () => number) {
    this.#rest = rest;
    this.#now = now;
  }

  /** Sees to it that the trend has its history, some time. */
  want(patient: string, vital: Vital, trend: Trend): void {
    if (this.#asked.has(trend) || this.#waiting.length >= MOST_WAITING) return;
    this.#asked.add(trend);
    const oldest = trend.points[0]?.t ?? Number.POSITIVE_INFINITY;
    if (oldest <= this.#now() - TREND_MS + ENOUGH_MS) return;
    this.#waiting.push({ patient, vital, trend });
    this.#next();
  }

  [Symbol.dispose](): void {
    this.#waiting.length = 0;
    this.#abort.abort();
  }

  #next(): void {
    while (this.#running < AT_ONCE) {
      const wish = this.#waiting.shift();
      if (wish === undefined) return;
      this.#running += 1;
      void this.#recall(wish).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #recall({ patient, vital, trend }: Wish): Promise<void> {
    const to = this.#now();
    try {
      const { buckets = [] } = await this.#rest.get<History>(
        path('v1', 'patients', patient, 'vitals'),
        { vital, from: Math.floor(to - TREND_MS), to: Math.floor(to), resolution: `${RESOLUTION_MS}ms` },
        this.#abort.signal,
      );
      trend.recall(buckets.map(({ t, mean }) => ({ t: t + RESOLUTION_MS / 2, value: mean })));
    } catch {
      // The line begins where the page began to listen.
    }
  }
}
