import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Alarm, AlarmEvent, LoggedAlarmEvent } from '../model/alarm.ts';
import { compareDeliveries, type Delivery } from '../model/delivery.ts';
import type { AlarmId, Cursor } from '../model/ids.ts';
import type { AlarmLogCalls, AlarmRetention } from './alarm-log-calls.ts';
import { CURSORS_PER_EPOCH } from './alarm-log-epoch.ts';
import { AlarmLogFile } from './alarm-log-file.ts';
import type { AlarmEventsPage, AlarmEventsQuery, AlarmHistoryQuery, AlarmPage } from './bus.ts';
import { mergedDeliveries, UnflushedDeliveries } from './unflushed-deliveries.ts';
import {
  isAfter,
  mergeEvents,
  newestAlarms,
  overlaid,
  overlaps,
  UnflushedEvents,
} from './unflushed-events.ts';

export interface AlarmLogOptions {
  readonly path: string;
  /** Stamps events for the retention by age. */
  readonly clock: Clock;
  /**
   * Told when the log cannot be written, once until it can: `alarm_log_disk_full`, `alarm_log_failed` (disk),
   * `alarm_log_overloaded` (the disk is so slow that the queue is full); and when something was given up for good, once
   * until all that waits is written: `alarm_events_lost`, `alarm_deliveries_lost`.
   */
  readonly onError: (error: CodedError) => void;
  readonly retention: AlarmRetention;
  /** Events not yet on disk that are kept in memory. Past it the oldest are given up. */
  readonly maxQueued: number;
  /** How long after a failure the log is tried again. Milliseconds. */
  readonly retryMs: number;
}

/**
 * The alarm log: gives events their cursor at once and writes them soon after, those that gather during one commit
 * sharing the next. Reads show both. While it cannot be written it keeps them in memory and tries again; the relay goes on.
 */
export class AlarmLog implements AsyncDisposable {
  readonly #file: AlarmLogFile;
  readonly #clock: Clock;
  readonly #onError: (error: CodedError) => void;
  readonly #unflushed: UnflushedEvents;
  readonly #deliveries: UnflushedDeliveries;
  /** Cursors of this opening are above it. */
  readonly #first: number;
  #newest: number;
  /** The highest cursor of which the event is no longer kept. */
  #forgotten: number;
  #lossTold = false;
  #deliveryLossTold = false;
  #trouble: CodedError | null = null;
  /** Resolves when an attempt to write has ended, whatever came of it. */
  #attempted = Promise.withResolvers<void>();
  #commit: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  private constructor(
    file: AlarmLogFile,
    { clock, onError, maxQueued }: AlarmLogOptions,
    { epoch, trimmed }: ReturnType<AlarmLogCalls['opened']>,
  ) {
    this.#file = file;
    this.#clock = clock;
    this.#onError = onError;
    this.#unflushed = new UnflushedEvents(maxQueued);
    this.#deliveries = new UnflushedDeliveries(maxQueued);
    this.#first = epoch * CURSORS_PER_EPOCH;
    this.#newest = this.#first;
    this.#forgotten = trimmed;
  }

  /** @throws CodedError `database_unavailable`, `database_locked`, `schema_too_new` */
  static async open(options: AlarmLogOptions): Promise<AlarmLog> {
    const { path, retention, clock, retryMs } = options;
    const file = await AlarmLogFile.open({ open: () => ({ path, retention, now: clock.now() }), retryMs });
    return new AlarmLog(file, options, await file.call('opened', null));
  }

  /** False while it cannot be written. */
  get healthy(): boolean {
    return this.#trouble === null;
  }

  get newestCursor(): Cursor {
    return String(this.#newest) as Cursor;
  }

  /** @throws CodedError `bus_closed` */
  add(event: AlarmEvent): LoggedAlarmEvent {
    this.#refuseIfClosed();
    this.#newest += 1;
    const logged: LoggedAlarmEvent = { ...event, cursor: this.newestCursor };
    const givenUp = this.#unflushed.add(logged);
    if (givenUp !== undefined) this.#giveUp(givenUp);
    this.#commit ??= this.#commitAll();
    return logged;
  }

  /** Writes them soon, with the events that gather meanwhile. */
  record(deliveries: readonly Delivery[]): void {
    if (this.#closing !== null) return;
    const lost = deliveries.filter((delivery) => !this.#deliveries.add(delivery)).length;
    if (lost > 0 && !this.#deliveryLossTold) {
      this.#deliveryLossTold = true;
      const message = 'the alarm log is too slow: from now on some deliveries of alarms are not written down';
      this.#onError(new CodedError('alarm_deliveries_lost', message));
    }
    if (this.#deliveries.waiting > 0) this.#commit ??= this.#commitAll();
  }

  /** What a process before this one relayed and did not get to the disk. */
  async takeUp(events: readonly LoggedAlarmEvent[]): Promise<void> {
    this.#refuseIfClosed();
    const earlier = events.filter(({ cursor }) => Number(cursor) < this.#first);
    if (earlier.length > 0) await this.#file.call('takeUp', { events: earlier, now: this.#clock.now() });
  }

  /** Rejects with why the log cannot be written now, when an attempt fails before everything so far is on disk. */
  async flushed(): Promise<void> {
    const target = this.#newest;
    const { added } = this.#deliveries;
    const unflushed = (): boolean =>
      Number(this.#unflushed.oldest?.cursor) <= target || this.#deliveries.flushed < added;
    while (unflushed()) {
      if (this.#trouble !== null) throw this.#trouble;
      await this.#attempted.promise;
    }
  }

  async after(cursor: Cursor | null, limit: number): Promise<AlarmPage> {
    const from = Number(cursor ?? 0);
    const [page, memory] = await this.#withMemory(() => this.#file.call('after', { cursor: from, limit }));
    const events = page.more ? page.events : mergeEvents(page.events, memory).filter(isAfter(from));
    return {
      events: events.slice(0, limit),
      gap:
        cursor !== null &&
        (from < this.#forgotten || from > this.#newest || (!page.known && this.#wasLost(from))),
      complete: !page.more && events.length <= limit,
    };
  }

  /** What is not on disk yet is logged now: it counts where now is in the range. */
  async eventsOf(query: AlarmEventsQuery): Promise<AlarmEventsPage> {
    const { patients, from, to, after, limit } = query;
    const [page, memory] = await this.#withMemory(() => this.#file.call('eventsOf', query));
    const now = this.#clock.now();
    const asked = new Set<string | null>(patients);
    const fresh = now < from || now >= to ? [] : memory.filter(({ alarm }) => asked.has(alarm.patient));
    const events = page.more
      ? page.events
      : mergeEvents(page.events, fresh).filter(isAfter(Number(after ?? 0)));
    return { events: events.slice(0, limit), complete: !page.more && events.length <= limit };
  }

  async history(query: AlarmHistoryQuery): Promise<readonly Alarm[]> {
    // Each alarm in memory may push one that is on disk out of the range, so ask for as many more.
    const more = query.limit + this.#unflushed.size;
    const [stored, memory] = await this.#withMemory(() =>
      this.#file.call('history', { ...query, limit: more }),
    );
    return overlaid(stored, memory)
      .filter((alarm) => overlaps(alarm, query))
      .slice(0, query.limit);
  }

  async live(): Promise<readonly Alarm[]> {
    const [stored, memory] = await this.#withMemory(() => this.#file.call('live', null));
    const alarms = overlaid(stored, memory).filter(({ presence }) => presence !== 'off');
    return Promise.all(alarms.map((alarm) => this.#withReceipt(alarm)));
  }

  async alarm(id: AlarmId): Promise<Alarm | null> {
    this.#refuseIfClosed();
    const inMemory = newestAlarms(this.#unflushed.snapshot()).get(id);
    return inMemory ?? (await this.#file.call('alarm', { id }));
  }

  /** As they alerted, were sent, and by name. */
  async deliveriesOf(alarm: AlarmId): Promise<readonly Delivery[]> {
    this.#refuseIfClosed();
    // One that reaches the disk during the read is in both.
    const before = this.#deliveries.of(alarm);
    const stored = await this.#file.call('deliveriesOf', { alarm });
    return mergedDeliveries(stored, before, this.#deliveries.of(alarm)).toSorted(compareDeliveries);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /**
   * An alarm that reached somebody after its last event. One that is unattended stays so: that it is attended is an
   * event of its own.
   */
  async #withReceipt(alarm: Alarm): Promise<Alarm> {
    if (alarm.received_at !== null || alarm.unattended) return alarm;
    const receipts = (await this.deliveriesOf(alarm.id)).flatMap(({ alerted_at, received_at }) =>
      alerted_at === alarm.alerted_at && received_at !== null ? [received_at] : [],
    );
    return receipts.length === 0 ? alarm : { ...alarm, received_at: Math.min(...receipts) };
  }

  /**
   * Whether the event of a cursor that is not on disk was handed out before this opening, and died with its process. The
   * first number of an opening stands for no event: it is where a subscriber begins.
   */
  #wasLost(cursor: number): boolean {
    return cursor < this.#first && cursor > this.#forgotten && cursor % CURSORS_PER_EPOCH !== 0;
  }

  #refuseIfClosed(): void {
    if (this.#closing !== null) throw new CodedError('bus_closed', 'the bus is closed');
  }

  /**
   * What a read of the disk gives, and every event that it may not have seen: those unflushed when it was asked, and
   * those added since. A flush asked for after the read is answered after it, so none falls between.
   */
  async #withMemory<T>(read: () => Promise<T>): Promise<readonly [T, readonly LoggedAlarmEvent[]]> {
    this.#refuseIfClosed();
    const before = this.#unflushed.snapshot();
    const result = await read();
    return [result, mergeEvents(before, this.#unflushed.snapshot())];
  }

  async #commitAll(): Promise<void> {
    try {
      do {
        // Events of one turn of the event loop share a commit.
        await new Promise((resolve) => setImmediate(resolve));
        const events = this.#unflushed.handOver();
        const deliveries = this.#deliveries.handOver();
        const batch = { events, deliveries, now: this.#clock.now() };
        const committed = await this.#file.commit(batch, (trouble) => this.#failed(trouble));
        if (committed === null) return;
        this.#unflushed.flushed();
        this.#deliveries.written();
        this.#forgotten = Math.max(this.#forgotten, committed.trimmed);
        this.#wrote();
      } while (this.#unflushed.waiting + this.#deliveries.waiting > 0);
    } finally {
      this.#commit = null;
    }
  }

  #giveUp(event: LoggedAlarmEvent): void {
    this.#forgotten = Math.max(this.#forgotten, Number(event.cursor));
    if (this.#trouble === null)
      this.#troubled(
        new CodedError(
          'alarm_log_overloaded',
          'the alarm log is too slow and its queue is full: alarms are still relayed; check the disk',
        ),
      );
    if (this.#lossTold) return;
    this.#lossTold = true;
    this.#onError(
      new CodedError(
        'alarm_events_lost',
        `alarm events from cursor ${event.cursor} on are given up, the oldest first: clients that catch up are told of a gap`,
      ),
    );
  }

  #failed(trouble: CodedError): void {
    if (this.#trouble?.code !== trouble.code) this.#troubled(trouble);
    if (this.#closing !== null) this.#file.giveUp();
    this.#nextAttempt();
  }

  #wrote(): void {
    this.#trouble = null;
    this.#lossTold = false;
    this.#deliveryLossTold = false;
    this.#nextAttempt();
  }

  #troubled(trouble: CodedError): void {
    this.#trouble = trouble;
    this.#onError(trouble);
  }

  /** Wakes who waits for the one that has ended. */
  #nextAttempt(): void {
    this.#attempted.resolve();
    this.#attempted = Promise.withResolvers();
  }

  async #close(): Promise<void> {
    // What cannot be written now, no further attempt is made of.
    if (this.#trouble !== null) this.#file.giveUp();
    await this.#commit;
    await this.#file[Symbol.asyncDispose]();
  }
}
