import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { Alarm, AlarmEvent, LoggedAlarmEvent } from '../model/alarm.ts';
import { compareDeliveries, type Delivery } from '../model/delivery.ts';
import type { AlarmId, Cursor } from '../model/ids.ts';
import type { AlarmLogCalls, AlarmRetention } from './alarm-log-calls.ts';
import type { AlarmEventsPage, AlarmEventsQuery, AlarmHistoryQuery, AlarmPage } from './bus.ts';
import { mergedDeliveries, UnflushedDeliveries } from './unflushed-deliveries.ts';
import { mergeEvents, newestAlarms, UnflushedEvents } from './unflushed-events.ts';

export interface AlarmLogOptions {
  readonly path: string;
  /** Stamps events for the retention by age. */
  readonly clock: Clock;
  /**
   * Told once when the log fails: `alarm_log_failed` (disk), `alarm_log_overloaded` (the disk is so slow that the
   * queue is full); and once when something was given up for good: `alarm_events_lost`, `alarm_deliveries_lost`.
   */
  readonly onError: (error: CodedError) => void;
  readonly retention: AlarmRetention;
  /** Events not yet on disk that are kept in memory. Past it the log has failed and the oldest are given up. */
  readonly maxQueued: number;
}

/** Cursors of one opening of the log: enough for 136 years at one event a second. */
const CURSORS_PER_EPOCH = 2 ** 32;

/**
 * The alarm log: gives events their cursor at once and writes them soon after, those that gather during one commit
 * sharing the next. Reads show both. Once it has failed it only keeps what memory holds; the caller's relay goes on.
 */
export class AlarmLog implements AsyncDisposable {
  readonly #worker: WorkerCalls<AlarmLogCalls>;
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
  #failure: CodedError | null = null;
  #commit: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  private constructor(
    worker: WorkerCalls<AlarmLogCalls>,
    { clock, onError, maxQueued }: AlarmLogOptions,
    { epoch, trimmed }: ReturnType<AlarmLogCalls['opened']>,
  ) {
    this.#worker = worker;
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
    const { path, retention, clock } = options;
    const url = new URL('./alarm-log-worker.ts', import.meta.url);
    const worker = await startWorker<AlarmLogCalls>(url, { path, retention, now: clock.now() });
    return new AlarmLog(worker, options, await worker.call('opened', null));
  }

  get healthy(): boolean {
    return this.#failure === null;
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
    if (this.#failure === null) this.#commit ??= this.#commitAll();
    return logged;
  }

  /** Writes them soon, with the events that gather meanwhile. */
  record(deliveries: readonly Delivery[]): void {
    if (this.#failure !== null || this.#closing !== null) return;
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
    if (earlier.length > 0) await this.#worker.call('takeUp', { events: earlier, now: this.#clock.now() });
  }

  /** Rejects with the failure of the log. */
  async flushed(): Promise<void> {
    const target = this.#newest;
    const { added } = this.#deliveries;
    const unflushed = (): boolean =>
      Number(this.#unflushed.oldest?.cursor) <= target || this.#deliveries.flushed < added;
    while (this.#failure === null && unflushed()) await this.#commit;
    if (this.#failure !== null) throw this.#failure;
  }

  async after(cursor: Cursor | null, limit: number): Promise<AlarmPage> {
    const from = Number(cursor ?? 0);
    const [page, memory] = await this.#withMemory(() => this.#worker.call('after', { cursor: from, limit }));
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
    const [page, memory] = await this.#withMemory(() => this.#worker.call('eventsOf', query));
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
      this.#worker.call('history', { ...query, limit: more }),
    );
    return overlaid(stored, memory)
      .filter((alarm) => overlaps(alarm, query))
      .slice(0, query.limit);
  }

  async live(): Promise<readonly Alarm[]> {
    const [stored, memory] = await this.#withMemory(() => this.#worker.call('live', null));
    const alarms = overlaid(stored, memory).filter(({ presence }) => presence !== 'off');
    return Promise.all(alarms.map((alarm) => this.#withReceipt(alarm)));
  }

  async alarm(id: AlarmId): Promise<Alarm | null> {
    this.#refuseIfClosed();
    const inMemory = newestAlarms(this.#unflushed.snapshot()).get(id);
    return inMemory ?? (await this.#worker.call('alarm', { id }));
  }

  /** As they alerted, were sent, and by name. */
  async deliveriesOf(alarm: AlarmId): Promise<readonly Delivery[]> {
    this.#refuseIfClosed();
    // One that reaches the disk during the read is in both.
    const before = this.#deliveries.of(alarm);
    const stored = await this.#worker.call('deliveriesOf', { alarm });
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
        const { trimmed } = await this.#worker.call('commit', batch);
        this.#unflushed.flushed();
        this.#deliveries.written();
        this.#forgotten = Math.max(this.#forgotten, trimmed);
      } while (this.#unflushed.waiting + this.#deliveries.waiting > 0 && this.#failure === null);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#fail(
        'alarm_log_failed',
        `the alarm log could not be written (${reason}): alarms are still relayed; check the disk and restart`,
        cause,
      );
    } finally {
      this.#commit = null;
    }
  }

  #giveUp(event: LoggedAlarmEvent): void {
    this.#forgotten = Math.max(this.#forgotten, Number(event.cursor));
    this.#fail(
      'alarm_log_overloaded',
      'the alarm log is too slow and its queue is full: alarms are still relayed; check the disk and restart',
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

  #fail(code: string, message: string, cause?: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = new CodedError(code, message, { cause });
    this.#onError(this.#failure);
  }

  async #close(): Promise<void> {
    await this.#commit;
    await this.#worker[Symbol.asyncDispose]();
  }
}

const isAfter =
  (from: number) =>
  ({ cursor }: LoggedAlarmEvent): boolean =>
    Number(cursor) > from;

/** Alarms as stored, replaced and joined by what memory knows newer; newest onset first. */
function overlaid(stored: readonly Alarm[], memory: readonly LoggedAlarmEvent[]): readonly Alarm[] {
  const alarms = new Map([...stored.map((alarm) => [alarm.id, alarm] as const), ...newestAlarms(memory)]);
  return [...alarms.values()].sort((a, b) => b.onset - a.onset || (a.id < b.id ? -1 : 1));
}

/** As the log's own query: an alarm that cleared as it was raised has no length and counts at its onset. */
function overlaps({ patient, onset, cleared }: Alarm, query: AlarmHistoryQuery): boolean {
  if (patient !== query.patient || onset >= query.to) return false;
  return cleared === null || cleared > query.from || onset >= query.from;
}
