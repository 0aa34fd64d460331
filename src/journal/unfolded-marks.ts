import type { DeviceId, StreamId } from '../model/ids.ts';
import { isFrame, type TelemetryRecord } from '../model/record.ts';
import type { StreamMark } from './journal-calls.ts';

/**
 * After so many batches or bytes, whichever is first, marks go to the table. Per batch they would cost more than the
 * batch itself: a page of the table for nearly every device in it. It is also what opening reads again after a kill, half
 * a second's work at the most.
 */
const FOLD_BATCHES = 1_024;
const FOLD_BYTES = 32 * 2 ** 20;

interface Mark {
  readonly stream: StreamId;
  seq: number;
  /** Of a stream that the same device had before. */
  readonly earlier: Mark | null;
}

/**
 * The highest sequence numbers in the batches that are durable and whose marks are not in the table yet. They are kept
 * here and not in the worker, to which they would have to be told with every commit.
 */
export class UnfoldedMarks {
  readonly #devices = new Map<DeviceId, Mark>();
  #batches = 0;
  #bytes = 0;

  get isDue(): boolean {
    return this.#batches >= FOLD_BATCHES || this.#bytes >= FOLD_BYTES;
  }

  /** Of a batch that became durable. */
  note(records: readonly TelemetryRecord[], bytes: number): void {
    this.#batches += 1;
    this.#bytes += bytes;
    for (const record of records) {
      if (!isFrame(record)) continue;
      const { device, stream, seq } = record;
      const newest = this.#devices.get(device);
      const mark = of(newest, stream);
      if (mark === null) this.#devices.set(device, { stream, seq, earlier: newest ?? null });
      // Not simply the last one: a frame may be sent again after a later one of a broken connection.
      else if (seq > mark.seq) mark.seq = seq;
    }
  }

  /** 0 for a stream without one here. */
  get(device: DeviceId, stream: StreamId): number {
    return of(this.#devices.get(device), stream)?.seq ?? 0;
  }

  all(): readonly StreamMark[] {
    const marks: StreamMark[] = [];
    for (const [device, newest] of this.#devices) {
      for (let mark: Mark | null = newest; mark !== null; mark = mark.earlier) {
        marks.push([device, mark.stream, mark.seq]);
      }
    }
    return marks;
  }

  /** What `all` gave is in the table. */
  folded(): void {
    this.#devices.clear();
    this.#batches = 0;
    this.#bytes = 0;
  }
}

function of(newest: Mark | undefined, stream: StreamId): Mark | null {
  let mark = newest ?? null;
  while (mark !== null && mark.stream !== stream) mark = mark.earlier;
  return mark;
}
