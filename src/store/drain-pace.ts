import { SlidingRate } from './sliding-rate.ts';

export interface DrainPaceOptions {
  /** A backlog is drained at this many times the rate at which records come. Default 4. */
  readonly multiple?: number;
  /** But not slower than this many records, or moments, a second, whichever is less. Default 10,000. */
  readonly leastRecords?: number;
  /** Default 50,000. */
  readonly leastMoments?: number;
  /** Over which time the rate of what comes is taken, in milliseconds. Default 5,000. */
  readonly windowMs?: number;
}

/** What one round carries. */
export interface RoundSize {
  readonly records: number;
  readonly moments: number;
}

/**
 * How fast a backlog is drained: reading, encoding and writing it takes CPU and disk from live frames, their acks and
 * whoever reads history, so that what the store could take at most is not what it is given. A multiple of what comes
 * keeps the end of the backlog in sight at any load (at 4 it shrinks by three times what comes), and the floor is what a
 * small part of one core does. Times are monotonic milliseconds.
 */
export class DrainPace {
  readonly #multiple: number;
  readonly #leastRecords: number;
  readonly #leastMoments: number;
  readonly #ingest: SlidingRate;
  /** What was told last: it is of its own time, not of the end of a wait after it. */
  #told = { at: 0, records: 0 };
  #next = Number.NEGATIVE_INFINITY;

  constructor(options: DrainPaceOptions = {}) {
    const { multiple = 4, leastRecords = 10_000, leastMoments = 50_000, windowMs = 5_000 } = options;
    this.#multiple = multiple;
    this.#leastRecords = leastRecords;
    this.#leastMoments = leastMoments;
    this.#ingest = new SlidingRate(windowMs);
  }

  /** So many records have come since the start. */
  came(now: number, committedRecords: number): void {
    this.#told = { at: now, records: committedRecords };
    this.#ingest.note(now, committedRecords);
  }

  /** Records that come, a second. */
  get ingestPerSecond(): number {
    return this.#ingest.perSecond(this.#told.at, this.#told.records);
  }

  /** How many records may be drained in so many milliseconds. */
  recordsIn(ms: number): number {
    return Math.ceil((Math.max(this.#leastRecords, this.ingestPerSecond * this.#multiple) * ms) / 1_000);
  }

  /** How long to wait before the next round may begin, in milliseconds. */
  wait(now: number): number {
    return Math.max(0, this.#next - now);
  }

  /** A round begins: the next has to leave it its time. Time that was not used is not saved up. */
  began(now: number, { records, moments }: RoundSize): void {
    const atFloor = Math.max(records / this.#leastRecords, moments / this.#leastMoments);
    const ingest = this.ingestPerSecond * this.#multiple;
    const seconds = ingest > 0 ? Math.min(atFloor, records / ingest) : atFloor;
    this.#next = Math.max(now, this.#next) + seconds * 1_000;
  }
}
