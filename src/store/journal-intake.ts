import type { Clock, EpochMs } from '../core/clock.ts';
import { sleep } from '../core/clock.ts';
import type { JournalBatch, JournalReader, Position } from '../journal/journal.ts';
import { isFrame } from '../model/record.ts';
import type { Point } from './point.ts';
import { momentsOf, pointsOf } from './points.ts';

/** What goes to the store next: whole journal batches, so that the cursor can move behind them. */
export interface Gathered {
  readonly points: readonly Point[];
  /** The newest journal batch in it. */
  readonly position: Position;
  /** When its oldest record reached the server. */
  readonly oldest: EpochMs;
}

export interface IntakeOptions {
  readonly reader: JournalReader;
  readonly clock: Clock;
  /** Enough for one write; a single journal batch may hold more. In moments. */
  readonly maxMoments: number;
  /** How long to wait for more once something is there. */
  readonly lingerMs: number;
}

/** Reads journal batches and gathers their points. At most one batch is read ahead. */
export class JournalIntake {
  readonly #options: IntakeOptions;
  #ahead: Promise<JournalBatch> | null = null;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Waits for a batch, then takes what else is there or comes within the linger time. Rejects on abort. */
  async gather(signal: AbortSignal): Promise<Gathered> {
    const { clock, maxMoments, lingerMs } = this.#options;
    let batch = await this.#take(signal);
    const oldest = oldestOf(batch, clock.now());
    const points: Point[] = [];
    let moments = 0;
    const until = clock.monotonic() + lingerMs;
    for (;;) {
      for (const record of batch.records) {
        for (const point of pointsOf(record)) {
          points.push(point);
          moments += momentsOf(point);
        }
      }
      const more = moments < maxMoments ? await this.#takeBefore(until, signal) : null;
      if (more === null) return { points, position: batch.position, oldest };
      batch = more;
    }
  }

  /** Starts reading the next batch, to have it when the current write is done. */
  readAhead(signal: AbortSignal): Promise<JournalBatch> {
    if (this.#ahead === null) {
      this.#ahead = this.#options.reader.next(signal);
      // Whoever takes it hears of a failure; until then it is nobody's.
      this.#ahead.catch(() => undefined);
    }
    return this.#ahead;
  }

  async #take(signal: AbortSignal): Promise<JournalBatch> {
    try {
      return await this.readAhead(signal);
    } finally {
      this.#ahead = null;
    }
  }

  async #takeBefore(until: number, signal: AbortSignal): Promise<JournalBatch | null> {
    const { clock } = this.#options;
    const timeUp = new AbortController();
    const wait = Math.max(0, until - clock.monotonic());
    const late = sleep(clock, wait, timeUp.signal).then(
      () => null,
      () => null,
    );
    try {
      // What is there already wins over a time that is up already.
      const first = await Promise.race([this.readAhead(signal), late]);
      return first === null ? null : await this.#take(signal);
    } finally {
      timeUp.abort();
    }
  }
}

/** Frames alone are asked: the time of an alarm event is that of a sample, which may be days old in a back-fill. */
function oldestOf({ records }: JournalBatch, now: EpochMs): EpochMs {
  return records.reduce(
    (oldest, record) => (isFrame(record) ? Math.min(oldest, record.received) : oldest),
    now,
  );
}
