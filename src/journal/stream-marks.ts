import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';
import type { StreamMark } from './journal-calls.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A device that comes back later than this begins a new stream or sends its oldest frames again. */
const KEEP_MS = 30 * DAY_MS;

const PUT_SQL = `INSERT INTO streams VALUES (?, ?, ?, ?) ON CONFLICT (device, stream)
  DO UPDATE SET seq = max(seq, excluded.seq), updated = excluded.updated`;

/** The highest sequence number of every stream: recent ones in memory until they are folded into the table. */
export class StreamMarks {
  readonly #recent = new Map<DeviceId, Map<StreamId, number>>();
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #prune: StatementSync;
  #nextPrune: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(PUT_SQL);
    this.#get = database.prepare('SELECT seq FROM streams WHERE device = ? AND stream = ?');
    this.#prune = database.prepare('DELETE FROM streams WHERE updated < ?');
  }

  /** 0 for a stream that is not known. */
  get(device: DeviceId, stream: StreamId): number {
    const recent = this.#recent.get(device)?.get(stream) ?? 0;
    return Math.max(recent, Number(this.#get.get(device, stream)?.seq ?? 0));
  }

  put({ device, stream, seq }: StreamMark): void {
    let streams = this.#recent.get(device);
    if (streams === undefined) {
      streams = new Map();
      this.#recent.set(device, streams);
    }
    // Not simply the last one: a frame may be sent again after a later one of a broken connection. The table may have a
    // higher one; it is asked when somebody wants to know, not for every frame.
    if (seq > (streams.get(stream) ?? 0)) streams.set(stream, seq);
  }

  /**
   * Writes the recent ones to the table, dated `now`, and once a day forgets those not heard of for 30 days. Within a
   * transaction: `folded` tells when it has been committed.
   */
  fold(now: EpochMs): void {
    for (const [device, streams] of this.#recent) {
      for (const [stream, seq] of streams) this.#put.run(device, stream, seq, now);
    }
    if (now >= this.#nextPrune) this.#prune.run(now - KEEP_MS);
  }

  /** What `fold` wrote at `now` is committed. */
  folded(now: EpochMs): void {
    this.#recent.clear();
    if (now >= this.#nextPrune) this.#nextPrune = now + DAY_MS;
  }
}
