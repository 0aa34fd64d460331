import type { Clock, EpochMs } from '../core/clock.ts';
import { sleep } from '../core/clock.ts';
import type { JournalBatch, JournalReader, Position } from '../journal/journal.ts';
import { isFrame } from '../model/record.ts';
import { laneOf, orderKey } from './lanes.ts';
import type { Point } from './point.ts';
import { momentsOf, pointsOf } from './points.ts';

/** What goes to the store at once: whole journal batches, so that the cursor can move behind them. */
export interface Round {
  /** Points that are written beside each other; those of one device are in one lane, in the journal's order. */
  readonly lanes: readonly (readonly Point[])[];
  /** The newest journal batch in it. */
  readonly position: Position;
  /** When its oldest record reached the server. */
  readonly oldest: EpochMs;
  /** The same by the monotonic clock; when it was read, where `undated`. */
  readonly since: number;
  /** It bears a time that has not come: the wall clock was set back, and how old it is cannot be known. */
  readonly undated: boolean;
  readonly records: number;
  readonly moments: number;
}

export interface IntakeOptions {
  readonly reader: JournalReader;
  readonly clock: Clock;
  /** How many writes a round is parted into. */
  readonly lanes: number;
  /** Enough for one round, asked before each; a single journal batch may hold more. In moments. */
  readonly maxMoments: () => number;
  /** The same in records. */
  readonly maxRecords: () => number;
  /** A write of fewer moments costs as much as one of so many: a small round has fewer lanes. */
  readonly laneMoments: () => number;
  /** How long to wait for more once something is there. */
  readonly lingerMs: number;
}

/** Reads journal batches and gathers their points into rounds. At most one batch is read ahead of what it gathers. */
export class JournalIntake {
  readonly #options: IntakeOptions;
  #ahead: Promise<JournalBatch> | null = null;
  #begun: Pick<Round, 'oldest' | 'since' | 'undated'> | null = null;
  #hurried = Promise.withResolvers<void>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Of the round that is gathered now; null while it is empty. */
  get begun(): Pick<Round, 'oldest' | 'since' | 'undated'> | null {
    return this.#begun;
  }

  /**
   * Waits for a batch, then takes what else is there or comes: while the linger time lasts, and until `wanted`, since
   * before that the round could not be written anyway. Rejects on abort.
   */
  async gather(wanted: Promise<void>, signal: AbortSignal): Promise<Round> {
    const { clock, maxMoments, maxRecords, laneMoments, lingerMs } = this.#options;
    const points: Point[] = [];
    let batch = await this.#take(signal);
    const now = clock.now();
    const oldest = oldestOf(batch, now);
    const undated = batch.records.some((record) => isFrame(record) && record.received > now);
    const begun = { oldest, since: clock.monotonic() - (now - oldest), undated };
    this.#begun = begun;
    const timeUp = new AbortController();
    const lingered = sleep(clock, lingerMs, timeUp.signal).catch(() => undefined);
    const late = Promise.all([Promise.race([lingered, this.#hurried.promise]), wanted]).then(() => null);
    let records = 0;
    let moments = 0;
    try {
      for (;;) {
        records += batch.records.length;
        for (const record of batch.records) {
          for (const point of pointsOf(record)) {
            points.push(point);
            moments += momentsOf(point);
          }
        }
        // What is there already wins over a time that is up already.
        const room = moments < maxMoments() && records < maxRecords();
        const more = room ? await Promise.race([this.#readAhead(signal), late]) : null;
        if (more !== null) {
          batch = await this.#take(signal);
          continue;
        }
        const lanes = inLanes(points, Math.min(this.#options.lanes, Math.ceil(moments / laneMoments())));
        return { lanes, position: batch.position, ...begun, records, moments };
      }
    } finally {
      timeUp.abort();
      this.#begun = null;
      this.#hurried = Promise.withResolvers();
    }
  }

  /** Somebody waits for what is gathered now, or next: no more is waited for. */
  hurry(): void {
    this.#hurried.resolve();
  }

  #readAhead(signal: AbortSignal): Promise<JournalBatch> {
    if (this.#ahead === null) {
      this.#ahead = this.#options.reader.next(signal);
      // Whoever takes it hears of a failure; until then it is nobody's.
      this.#ahead.catch(() => undefined);
    }
    return this.#ahead;
  }

  async #take(signal: AbortSignal): Promise<JournalBatch> {
    try {
      return await this.#readAhead(signal);
    } finally {
      this.#ahead = null;
    }
  }
}

/** Each point in the lane of its key. */
function inLanes(points: readonly Point[], lanes: number): readonly (readonly Point[])[] {
  if (lanes <= 1) return [points];
  const parted: Point[][] = Array.from({ length: lanes }, () => []);
  for (const point of points) parted[laneOf(orderKey(point), lanes)]?.push(point);
  return parted;
}

/** Frames alone are asked: the time of an alarm event is that of a sample, which may be days old in a back-fill. */
function oldestOf({ records }: JournalBatch, now: EpochMs): EpochMs {
  return records.reduce(
    (oldest, record) => (isFrame(record) ? Math.min(oldest, record.received) : oldest),
    now,
  );
}
