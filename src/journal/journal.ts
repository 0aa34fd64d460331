import type { DeviceId, StreamId } from '../model/ids.ts';
import type { TelemetryRecord } from '../model/record.ts';

/** Ordered place in the journal: the number of a committed batch, starting at 1. */
export type Position = number;

/**
 * Number of a commit since the journal was opened, from 1. A record gets that of the commit it is to be in, and commits are
 * made in order: whatever has a ticket up to `durableTicket` is durable.
 */
export type Ticket = number;

/** Records that were committed together, in the order they were appended. */
export interface JournalBatch {
  readonly position: Position;
  readonly records: readonly TelemetryRecord[];
}

/**
 * Whether the journal takes records, and if not, why.
 * - `behind`: what waits for the disk is at its bound: wait for `writable`, it will not take long.
 * - `stalled`: the disk has not answered for seconds. `disk_full`: it had no space for the last batch, which is kept and
 *   tried again. `unread_full`: the slowest reader is as far behind as it may be; what is unread is never deleted. All
 *   three pass without a restart, and may last: nothing is lost that was not refused.
 * - `failed`: an I/O error; what the disk has is not known any more. Only a restart helps.
 */
export type JournalCondition = (typeof JOURNAL_CONDITIONS)[number];
export const JOURNAL_CONDITIONS = ['ok', 'behind', 'stalled', 'disk_full', 'unread_full', 'failed'] as const;

export interface JournalStats {
  /** Records accepted and not yet durable, and their size in bytes. */
  readonly pendingRecords: number;
  readonly pendingBytes: number;
  /** Age of the oldest of them in milliseconds, 0 when there is none. */
  readonly pendingMs: number;
  /** The newest durable batch, 0 when there is none. */
  readonly position: Position;
  /** Records that became durable since the journal was opened. */
  readonly committedRecords: number;
  /** Batches each named reader has not committed yet. */
  readonly unread: Readonly<Record<string, number>>;
  /** The same in records. */
  readonly unreadRecords: Readonly<Record<string, number>>;
  /** What the slowest reader has not committed, in bytes: at their bound the condition is `unread_full`. */
  readonly unreadBytes: number;
  readonly failed: boolean;
}

/** A named place in the journal that survives a restart. One consumer a name. */
export interface JournalReader {
  /**
   * The next batch after the one last returned (after the committed one at first). Waits; rejects on abort, with
   * `journal_corrupt` naming a batch that cannot be read (again at every call: nothing is skipped), and with
   * `journal_failed` or `journal_closed` when there is nothing more to come.
   */
  next(signal: AbortSignal): Promise<JournalBatch>;
  /**
   * Everything up to `position` is dealt with, read or not: durable, and what is behind every reader may be trimmed.
   * `invalid_position` when there is no such batch yet.
   */
  commit(position: Position): Promise<void>;
}

/**
 * What makes a frame durable. Once `append` resolves, the record survives the death of the process and, with a disk
 * that honours fsync, of the machine.
 * Error codes: `journal_full` (the condition is neither `ok` nor `failed`: keep the record where it came from and wait for
 * `writable`), `journal_failed` (nothing is accepted any more: restart), `journal_closed`.
 */
export interface Journal extends AsyncDisposable {
  /**
   * Records of one call-stack turn share a batch, and everything that gathers while a commit is in fsync shares the
   * next. All appends of a batch return the same promise, so a caller may wait once for many.
   */
  append(record: TelemetryRecord): Promise<void>;
  /**
   * `append` for what comes by the ten thousand a second: no promise, and no encoding where there is a line already. The
   * record is durable when `durableTicket` has reached the ticket that this returns. Two tickets at most are not durable,
   * that of the commit under way and that of what gathers: whoever is given a new ticket knows that the last but one of
   * before is durable, and need not wait for each.
   * Tickets above `durableTicket` when the journal fails (`onFailure`) or is closed never become durable.
   * @param line the record as JSON, so that `JSON.parse(line)` equals it. One that has a line feed is not used: the record
   *   is encoded anew.
   * @throws CodedError where `append` rejects at once, `invalid_record` for what JSON cannot hold included: nothing of the
   *   record is in the journal then, and it has no ticket
   */
  enqueue(record: TelemetryRecord, line?: string): Ticket;
  /** 0 before the first commit. */
  readonly durableTicket: Ticket;
  /**
   * Told once a commit that moved `durableTicket`, after it: one listener for all that wait, not one each. It must not
   * throw. Told nothing of a commit that fails: see `onFailure`.
   */
  onCommitted(listener: () => void): Disposable;
  readonly condition: JournalCondition;
  /** Told of every change, after it. */
  onCondition(listener: (condition: JournalCondition) => void): Disposable;
  /** Null while the condition is `ok`; otherwise resolves when it is again, and rejects when it fails. */
  writable(): Promise<void> | null;
  /** The highest durable `seq` of the device's stream, 0 if none. */
  durableSeq(device: DeviceId, stream: StreamId): Promise<number>;
  reader(name: string): JournalReader;
  stats(): JournalStats;
  /** Called once with the cause when the journal fails for good. */
  onFailure(listener: (cause: Error) => void): void;
}
