import { CodedError } from '../../src/core/coded-error.ts';
import type { Journal, JournalCondition, JournalReader, JournalStats } from '../../src/journal/journal.ts';
import type { DeviceId, StreamId } from '../../src/model/ids.ts';
import { isFrame, type TelemetryRecord } from '../../src/model/record.ts';

/** A journal in memory that does as the port says, and comes into each condition when the test says. */
export interface ControlledJournal extends Journal {
  /** What is durable, in order. */
  readonly records: readonly TelemetryRecord[];
  /** Appended and not durable. */
  readonly pending: number;
  become(condition: JournalCondition): void;
  /** What is pending becomes durable. */
  commit(): void;
  /** The next append finds that there is no room after all, and the condition with it. */
  refuseNext(condition: JournalCondition): void;
}

export function controlledJournal(): ControlledJournal {
  const records: TelemetryRecord[] = [];
  const listeners = new Set<(condition: JournalCondition) => void>();
  const commitListeners = new Set<() => void>();
  const failureListeners = new Set<(cause: Error) => void>();
  let condition: JournalCondition = 'ok';
  let refusal: JournalCondition | null = null;
  let closed = false;
  let durableTicket = 0;
  let batch = newBatch();
  let room: PromiseWithResolvers<void> | null = null;
  /** Questions that a stalled worker has not come to yet. */
  let questions: (() => void)[] = [];
  const failure = new CodedError('journal_failed', 'a commit failed');

  const become = (next: JournalCondition): void => {
    if (condition === next || condition === 'failed') return;
    condition = next;
    room ??= next === 'ok' ? null : Promise.withResolvers();
    room?.promise.catch(() => {});
    if (next === 'ok') {
      room?.resolve();
      room = null;
    }
    if (next === 'failed') {
      room?.reject(failure);
      const lost = batch;
      batch = newBatch();
      lost.done.reject(failure);
    }
    if (next !== 'stalled') {
      const asked = questions;
      questions = [];
      for (const answer of asked) answer();
    }
    for (const listener of [...listeners]) listener(next);
    if (next === 'failed') for (const listener of failureListeners) listener(failure);
  };

  const seqOf = (device: DeviceId, stream: StreamId): number =>
    records.reduce(
      (top, record) =>
        isFrame(record) && record.device === device && record.stream === stream
          ? Math.max(top, record.seq)
          : top,
      0,
    );

  const add = (record: TelemetryRecord): PromiseWithResolvers<void> => {
    if (closed) throw new CodedError('journal_closed', 'closed');
    if (refusal !== null) {
      const next = refusal;
      refusal = null;
      become(next);
    }
    if (condition === 'failed') throw failure;
    if (condition !== 'ok') throw new CodedError('journal_full', condition);
    batch.records.push(record);
    return batch.done;
  };

  return {
    records,
    get pending() {
      return batch.records.length;
    },
    become,
    commit() {
      if (condition === 'failed') return;
      const done = batch;
      batch = newBatch();
      records.push(...done.records);
      done.done.resolve();
      durableTicket += 1;
      for (const listener of [...commitListeners]) listener();
    },
    refuseNext(next) {
      refusal = next;
    },
    append(record) {
      try {
        return add(record).promise;
      } catch (refused) {
        return Promise.reject(refused);
      }
    },
    enqueue(record) {
      add(record);
      return durableTicket + 1;
    },
    get durableTicket() {
      return durableTicket;
    },
    onCommitted(listener) {
      commitListeners.add(listener);
      return { [Symbol.dispose]: () => void commitListeners.delete(listener) };
    },
    get condition() {
      return condition;
    },
    onCondition(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    writable: () => room?.promise ?? null,
    durableSeq(device, stream) {
      if (condition === 'failed') return Promise.reject(failure);
      if (condition !== 'stalled') return Promise.resolve(seqOf(device, stream));
      return new Promise((resolve, reject) => {
        questions.push(() => (condition === 'failed' ? reject(failure) : resolve(seqOf(device, stream))));
      });
    },
    reader(): JournalReader {
      let given = 0;
      return {
        next: async () => ({ position: ++given, records: records.slice(given - 1, given) }),
        commit: async () => {},
      };
    },
    stats: (): JournalStats => ({
      pendingRecords: batch.records.length,
      pendingBytes: 0,
      pendingMs: 0,
      position: records.length,
      committedRecords: records.length,
      unread: {},
      unreadRecords: {},
      unreadBytes: 0,
      failed: condition === 'failed',
    }),
    onFailure(listener) {
      failureListeners.add(listener);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}

function newBatch(): { readonly records: TelemetryRecord[]; readonly done: PromiseWithResolvers<void> } {
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => {});
  return { records: [], done };
}
