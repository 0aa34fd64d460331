import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';
import type { Position } from './journal.ts';
import type { StoredBatch } from './journal-codec.ts';

/** The highest sequence number of a stream. */
export interface StreamMark {
  readonly device: DeviceId;
  readonly stream: StreamId;
  readonly seq: number;
}

/** One transaction: a batch (null when only cursors move), and the readers' cursors that go with it. */
export interface CommitRequest {
  readonly batch: {
    readonly body: Uint8Array;
    readonly records: number;
    readonly marks: readonly StreamMark[];
  } | null;
  readonly cursors: readonly (readonly [name: string, position: Position])[];
  readonly now: EpochMs;
}

export interface JournalState {
  /** The newest and the oldest batch kept, 0 when there is none. */
  readonly position: Position;
  readonly oldest: Position;
  /** Body bytes that the slowest reader has not committed; of all batches kept when there is no reader. */
  readonly unreadBytes: number;
  /** Records that each reader has not committed. */
  readonly unreadRecords: readonly (readonly [name: string, records: number])[];
  /** There are more batches behind every reader than one transaction trims. */
  readonly trimmable: boolean;
}

/** What the journal's worker can be asked. */
export interface JournalCalls {
  opened(args: null): JournalState & { readonly readers: readonly (readonly [string, Position])[] };
  /** Rejects with `journal_disk_full` or `journal_busy` (rolled back, the request is kept) or `journal_failed`. */
  commit(args: CommitRequest): JournalState;
  /** The request that was kept, again. */
  retry(args: { readonly now: EpochMs }): JournalState;
  /** The first batch after `after`, its checksum verified; null when there is none. */
  read(args: { readonly after: Position }): StoredBatch | null;
  seq(args: { readonly device: DeviceId; readonly stream: StreamId }): number;
}

export interface JournalWorkerData {
  readonly path: string;
  readonly now: EpochMs;
}
