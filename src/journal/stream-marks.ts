import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';
import type { StreamMark } from './journal-calls.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A device that comes back later than this begins a new stream or sends its oldest frames again. */
const KEEP_MS = 30 * DAY_MS;

const PUT_SQL = `INSERT INTO streams VALUES (?, ?, ?, ?) ON CONFLICT (device, stream)
  DO UPDATE SET seq = max(seq, excluded.seq), updated = excluded.updated`;

/** The highest sequence number of every stream in a table. Those that opening found in batches wait here for the first fold. */
export class StreamMarks {
  readonly #recovered = new Map<DeviceId, Map<StreamId, number>>();
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
    const recovered = this.#recovered.get(device)?.get(stream) ?? 0;
    return Math.max(recovered, Number(this.#get.get(device, stream)?.seq ?? 0));
  }

  recover(device: DeviceId, stream: StreamId, seq: number): void {
    let streams = this.#recovered.get(device);
    if (streams === undefined) {
      streams = new Map();
      this.#recovered.set(device, streams);
    }
    streams.set(stream, Math.max(seq, streams.get(stream) ?? 0));
  }

  /**
   * Writes these and the recovered ones to the table, dated `now`, and once a day forgets those not heard of for 30 days.
   * Within a transaction: `folded` tells when it has been committed.
   */
  fold(marks: readonly StreamMark[], now: EpochMs): void {
    for (const [device, streams] of this.#recovered) {
      for (const [stream, seq] of streams) this.#put.run(device, stream, seq, now);
    }
    for (const [device, stream, seq] of marks) this.#put.run(device, stream, seq, now);
    if (now >= this.#nextPrune) this.#prune.run(now - KEEP_MS);
  }

  /** What `fold` wrote at `now` is committed. */
  folded(now: EpochMs): void {
    this.#recovered.clear();
    if (now >= this.#nextPrune) this.#nextPrune = now + DAY_MS;
  }
}
