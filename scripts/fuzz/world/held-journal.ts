import { CodedError } from '../../../src/core/coded-error.ts';
import type {
  Journal,
  JournalCondition,
  JournalReader,
  JournalStats,
  Ticket,
} from '../../../src/journal/journal.ts';
import type { DeviceId, StreamId } from '../../../src/model/ids.ts';
import { type FrameRecord, isFrame, type TelemetryRecord } from '../../../src/model/record.ts';

interface Batch {
  readonly records: TelemetryRecord[];
  readonly settled: PromiseWithResolvers<void>;
}

/**
 * A journal of which the disk does what it is told, when it is told: so that an ack which runs ahead of the disk is seen
 * each time, and not once in a crash. It keeps how far each stream has come, and no records.
 */
export class HeldJournal implements Journal {
  readonly #durable = new Map<string, number>();
  readonly #listeners = new Set<(condition: JournalCondition) => void>();
  readonly #commitListeners = new Set<() => void>();
  #gathering: Batch | null = null;
  #enqueued: TelemetryRecord[] = [];
  #refusal: string | null = null;
  #room: PromiseWithResolvers<void> | null = null;
  #committed = 0;
  #batches = 0;

  append(record: TelemetryRecord): Promise<void> {
    if (this.#room !== null) return refused('journal_full');
    this.#gathering ??= { records: [], settled: handled() };
    this.#gathering.records.push(record);
    return this.#gathering.settled.promise;
  }

  enqueue(record: TelemetryRecord): Ticket {
    const code = this.#room === null ? this.#refusal : 'journal_full';
    this.#refusal = null;
    if (code !== null) throw new CodedError(code, `the journal says ${code}`);
    this.#enqueued.push(record);
    return this.#batches + 1;
  }

  get durableTicket(): Ticket {
    return this.#batches;
  }

  onCommitted(listener: () => void): Disposable {
    this.#commitListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#commitListeners.delete(listener) };
  }

  /** The disk has everything that was handed over. */
  commit(): void {
    const batch = this.#take();
    const records = [...(batch?.records ?? []), ...this.#enqueued];
    if (records.length === 0) return;
    this.#enqueued = [];
    for (const record of records) if (isFrame(record)) this.#note(record);
    this.#committed += records.length;
    this.#batches++;
    batch?.settled.resolve();
    for (const listener of [...this.#commitListeners]) listener();
  }

  /** The disk takes nothing of what was appended; what was enqueued waits, and no more is for once. */
  refuse(code: 'journal_full' | 'journal_failed'): void {
    this.#refusal = code;
    this.#take()?.settled.reject(new CodedError(code, `the journal says ${code}`));
  }

  /** Nothing more is taken until there is room. */
  fill(): void {
    this.#room ??= handled();
    this.#tell('behind');
  }

  makeRoom(): void {
    const room = this.#room;
    this.#room = null;
    this.#tell('ok');
    room?.resolve();
  }

  get condition(): JournalCondition {
    return this.#room === null ? 'ok' : 'behind';
  }

  onCondition(listener: (condition: JournalCondition) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  writable(): Promise<void> | null {
    return this.#room?.promise ?? null;
  }

  /** The highest number on disk of any stream since they were forgotten: what an ack may say at most. */
  get highest(): number {
    return Math.max(0, ...this.#durable.values());
  }

  async durableSeq(device: DeviceId, stream: StreamId): Promise<number> {
    return this.#durable.get(key(device, stream)) ?? 0;
  }

  /** Streams that are over are asked for no more. */
  forget(): void {
    this.#durable.clear();
  }

  reader(name: string): JournalReader {
    throw new Error(`nobody reads here, not even ${name}`);
  }

  stats(): JournalStats {
    const pendingRecords = (this.#gathering?.records.length ?? 0) + this.#enqueued.length;
    const [position, committedRecords] = [this.#batches, this.#committed];
    const nothing = { pendingBytes: 0, pendingMs: 0, unread: {}, unreadRecords: {}, unreadBytes: 0 };
    return { pendingRecords, position, committedRecords, ...nothing, failed: false };
  }

  onFailure(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.commit();
  }

  #note({ device, stream, seq }: FrameRecord): void {
    const of = key(device, stream);
    this.#durable.set(of, Math.max(seq, this.#durable.get(of) ?? 0));
  }

  #take(): Batch | null {
    const batch = this.#gathering;
    this.#gathering = null;
    return batch;
  }

  #tell(condition: JournalCondition): void {
    for (const listener of this.#listeners) listener(condition);
  }
}

const key = (device: DeviceId, stream: string): string => `${device} ${stream}`;

/** A promise that nobody may be waiting for when it is rejected. */
function handled(): PromiseWithResolvers<void> {
  const settled = Promise.withResolvers<void>();
  settled.promise.catch(() => {});
  return settled;
}

function refused(code: string): Promise<void> {
  const settled = handled();
  settled.reject(new CodedError(code, `the journal says ${code}`));
  return settled.promise;
}
