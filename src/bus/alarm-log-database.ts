import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { writeFailureOf } from '../core/sqlite-failure.ts';
import { inTransaction, openSqliteFile } from '../core/sqlite-file.ts';
import type { Alarm, LoggedAlarmEvent } from '../model/alarm.ts';
import type { Delivery } from '../model/delivery.ts';
import type { AlarmId } from '../model/ids.ts';
import type {
  AlarmLogBatch,
  AlarmLogCalls,
  AlarmLogPage,
  AlarmLogWorkerData,
  AlarmRetention,
} from './alarm-log-calls.ts';
import { ALARM_LOG_MIGRATIONS } from './alarm-log-schema.ts';
import type { AlarmEventsQuery, AlarmHistoryQuery } from './bus.ts';
import { DeliveryTable } from './delivery-table.ts';

/** What a backup or a check of another process may hold up a commit. */
const BUSY_TIMEOUT_MS = 2_000;
/** Events deleted in one transaction, so that a shorter retention does not hold up the alarms of the moment. */
const TRIM_EVENTS = 1_000;

const PUT_ALARM_SQL = 'INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?, ?, ?, ?)';
// An alarm that cleared as it was raised has no length: it counts at its onset.
const HISTORY_SQL = `SELECT id, alarm FROM alarms
  WHERE patient = ? AND onset < ? AND (cleared IS NULL OR cleared > ? OR onset >= ?)
  ORDER BY onset DESC, id LIMIT ?`;
const EVENTS_OF_SQL = `SELECT cursor, event FROM events
  WHERE patient IN (SELECT value FROM json_each(?)) AND logged >= ? AND logged < ? AND cursor > ?
  ORDER BY cursor LIMIT ?`;
const EXPIRED_SQL = `SELECT max(cursor) AS cursor FROM
  (SELECT cursor, logged FROM events ORDER BY cursor LIMIT ?) WHERE logged < ?`;
const NTH_SQL = 'SELECT cursor FROM events ORDER BY cursor LIMIT 1 OFFSET ?';

/** The alarm log's file, seen from the worker that owns it. Every method blocks its thread. */
export class AlarmLogDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #retention: AlarmRetention;
  readonly #sql;
  readonly #deliveries: DeliveryTable;
  readonly #epoch: number;
  #trimmed: number;
  #kept: number;
  #failed = false;

  constructor({ path, retention, now }: AlarmLogWorkerData) {
    this.#retention = retention;
    this.#database = openSqliteFile({
      path,
      migrations: ALARM_LOG_MIGRATIONS,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      settle: true,
    });
    const prepare = (sql: string) => this.#database.prepare(sql);
    this.#sql = {
      putEvent: prepare('INSERT OR IGNORE INTO events (cursor, logged, event, patient) VALUES (?, ?, ?, ?)'),
      putAlarm: prepare(PUT_ALARM_SQL),
      after: prepare('SELECT cursor, event FROM events WHERE cursor > ? ORDER BY cursor LIMIT ?'),
      known: prepare('SELECT 1 FROM events WHERE cursor = ?'),
      eventsOf: prepare(EVENTS_OF_SQL),
      history: prepare(HISTORY_SQL),
      live: prepare("SELECT id, alarm FROM alarms WHERE presence <> 'off' ORDER BY onset DESC, id"),
      alarm: prepare('SELECT id, alarm FROM alarms WHERE id = ?'),
      alarmCursor: prepare('SELECT cursor FROM alarms WHERE id = ?'),
      expired: prepare(EXPIRED_SQL),
      nth: prepare(NTH_SQL),
      trimEvents: prepare('DELETE FROM events WHERE cursor <= ?'),
      trimAlarms: prepare("DELETE FROM alarms WHERE presence = 'off' AND cursor <= ?"),
      trimmed: prepare('UPDATE state SET trimmed = ?'),
    };
    this.#deliveries = new DeliveryTable(this.#database);
    // Durable before the first cursor of the epoch is handed out, so that none is handed out twice.
    const begin = prepare('UPDATE state SET epoch = epoch + 1 RETURNING epoch, trimmed');
    const state = writing(path, () => begin.get());
    this.#epoch = Number(state?.epoch);
    this.#trimmed = Number(state?.trimmed);
    this.#kept = Number(prepare('SELECT count(*) AS kept FROM events').get()?.kept);
    writing(path, () => inTransaction(this.#database, () => this.#trim(now)));
  }

  opened(): ReturnType<AlarmLogCalls['opened']> {
    return { epoch: this.#epoch, trimmed: this.#trimmed };
  }

  /**
   * Events that are there already are left as they are: a commit whose fsync failed may have come to be after all.
   * @throws CodedError `alarm_log_disk_full`, `alarm_log_busy` (rolled back: may be tried again), `alarm_log_failed` (only by
   * another opening of the file)
   */
  commit({ events, deliveries, now }: AlarmLogBatch): ReturnType<AlarmLogCalls['commit']> {
    // After a failed fsync nobody knows what the disk has: a second attempt might "succeed" without it.
    if (this.#failed) throw new CodedError('alarm_log_failed', 'an earlier commit failed');
    const before = { kept: this.#kept, trimmed: this.#trimmed };
    try {
      inTransaction(this.#database, () => {
        for (const event of events) this.#put(event, now);
        this.#deliveries.put(deliveries);
        this.#trim(now);
      });
      return { trimmed: this.#trimmed };
    } catch (cause) {
      this.#kept = before.kept;
      this.#trimmed = before.trimmed;
      const failure = this.#database.isTransaction ? 'failed' : writeFailureOf(cause);
      this.#failed = failure === 'failed';
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CodedError(`alarm_log_${failure}`, reason, { cause });
    }
  }

  /** An alarm of which the log has something newer keeps that. */
  takeUp(events: readonly LoggedAlarmEvent[], now: EpochMs): void {
    inTransaction(this.#database, () => {
      for (const event of events) {
        const cursor = Number(event.cursor);
        if (cursor <= this.#trimmed || this.#sql.known.get(cursor) !== undefined) continue;
        const newer = Number(this.#sql.alarmCursor.get(event.alarm.id)?.cursor ?? 0) > cursor;
        this.#putEvent(event, now);
        if (!newer) this.#putAlarm(event);
      }
    });
  }

  after(cursor: number, limit: number): ReturnType<AlarmLogCalls['after']> {
    const page = toPage(this.#sql.after.all(cursor, limit + 1), limit);
    return { ...page, known: this.#sql.known.get(cursor) !== undefined };
  }

  eventsOf({ patients, from, to, after, limit }: AlarmEventsQuery): AlarmLogPage {
    const rows = this.#sql.eventsOf.all(JSON.stringify(patients), from, to, Number(after ?? 0), limit + 1);
    return toPage(rows, limit);
  }

  history({ patient, from, to, limit }: AlarmHistoryQuery): readonly Alarm[] {
    return this.#sql.history.all(patient, to, from, from, limit).map(toAlarm);
  }

  live(): readonly Alarm[] {
    return this.#sql.live.all().map(toAlarm);
  }

  deliveriesOf(alarm: AlarmId): readonly Delivery[] {
    return this.#deliveries.of(alarm);
  }

  alarm(id: AlarmId): Alarm | null {
    const row = this.#sql.alarm.get(id);
    return row === undefined ? null : toAlarm(row);
  }

  [Symbol.dispose](): void {
    if (!this.#failed) this.#database.close();
  }

  #put(event: LoggedAlarmEvent, now: EpochMs): void {
    this.#putEvent(event, now);
    this.#putAlarm(event);
  }

  #putEvent(event: LoggedAlarmEvent, now: EpochMs): void {
    const { cursor, alarm } = event;
    const { changes } = this.#sql.putEvent.run(Number(cursor), now, JSON.stringify(event), alarm.patient);
    this.#kept += Number(changes);
  }

  #putAlarm({ cursor, alarm }: LoggedAlarmEvent): void {
    const { id, patient, onset, cleared, presence } = alarm;
    this.#sql.putAlarm.run(id, patient, onset, cleared, presence, Number(cursor), JSON.stringify(alarm));
  }

  /** Oldest first, so that what is kept has no hole: everything above `trimmed` is there. */
  #trim(now: EpochMs): void {
    const { maxEvents, maxAgeMs } = this.#retention;
    const tooMany = Math.min(this.#kept - maxEvents, TRIM_EVENTS);
    const byCount = tooMany <= 0 ? 0 : Number(this.#sql.nth.get(tooMany - 1)?.cursor ?? 0);
    const oldest = this.#sql.expired.get(1, now - maxAgeMs)?.cursor;
    const expired = oldest === null ? null : this.#sql.expired.get(TRIM_EVENTS, now - maxAgeMs)?.cursor;
    const through = Math.max(byCount, Number(expired ?? 0));
    if (through <= this.#trimmed) return;
    this.#kept -= Number(this.#sql.trimEvents.run(through).changes);
    this.#deliveries.trim(through);
    this.#sql.trimAlarms.run(through);
    this.#sql.trimmed.run(through);
    this.#trimmed = through;
  }
}

/** What the opening of the log writes. @throws CodedError `database_unavailable` */
function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      'database_unavailable',
      `${path} cannot be written (${reason}): check the disk and its free space`,
      { cause, details: { path } },
    );
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function toPage(rows: readonly Row[], limit: number): AlarmLogPage {
  const events = rows.slice(0, limit).map((row) => parse<LoggedAlarmEvent>('event', row.cursor, row.event));
  return { events, more: rows.length > limit };
}

function toAlarm(row: Row): Alarm {
  return parse<Alarm>('alarm', row.id, row.alarm);
}

function parse<T>(what: string, key: SQLOutputValue | undefined, json: SQLOutputValue | undefined): T {
  try {
    return JSON.parse(String(json)) as T;
  } catch (cause) {
    throw new CodedError(
      'alarm_log_corrupt',
      `${what} ${key} of the alarm log cannot be read: restore the log from a backup`,
      { cause, details: { what, key } },
    );
  }
}
