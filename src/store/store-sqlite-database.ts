import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, openSqliteFile } from '../core/sqlite-file.ts';
import type { DeviceId } from '../model/ids.ts';
import type { DeviceMoments } from '../model/moments.ts';
import { QUALITIES } from '../model/sample.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import { MomentColumns, oldestMoments } from './moment-columns.ts';
import { valueMicros } from './sample-times.ts';
import { writeObservations } from './store-sqlite-observations.ts';
import { type PackedPoints, type SeriesKey, VITALS_STRIDE, type WaveformRow } from './store-sqlite-rows.ts';
import { addVitalColumns, TELEMETRY_MIGRATIONS } from './store-sqlite-schema.ts';
import type { Bucket, SamplesQuery, Subject, VitalsQuery, WaveformQuery } from './telemetry-store.ts';

/** What one device measured, in time order: flat, for the way back to the main thread. */
export interface Track {
  readonly device: string;
  /** Milliseconds since the epoch for vitals, microseconds for waveforms. */
  readonly t: Float64Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
}

const MERGED = ['received', 'quality', ...VITAL_NAMES];

const BUSY_TIMEOUT_MS = 5_000;

/** The telemetry file, seen from the one thread that has it open. Every call blocks it. */
export class TelemetryDatabase implements Disposable {
  readonly #db: DatabaseSync;

  constructor(path: string) {
    /*
     * FULL, as openSqliteFile sets it, although the journal has everything until its cursor moves: the cursor moves,
     * with an fsync of its own file, as soon as a write here has resolved, and the batch may be trimmed. With NORMAL a
     * commit is in the WAL but not yet on disk until some later checkpoint, so a power cut could take points that the
     * journal no longer has. One fsync a batch of up to thousands of points is the cheapest that keeps the two in order.
     */
    this.#db = openSqliteFile({ path, migrations: TELEMETRY_MIGRATIONS, busyTimeoutMs: BUSY_TIMEOUT_MS });
    // A process before this one may have died after an fsync that failed: what is in its WAL is then seen, and perhaps not
    // on disk. Written through to the file, it is.
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    addVitalColumns(this.#db);
  }

  /** All or nothing, durable on return. Fields of the same moment merge, as in InfluxDB. */
  write(points: PackedPoints): void {
    inTransaction(this.#db, () => {
      const ids = points.series.map((key) => this.#seriesId(key));
      this.#writeVitals(points.vitals, ids);
      for (const chunk of points.waveforms) this.#writeChunk(chunk, ids[chunk.series] ?? 0);
      const alarm = this.#db.prepare('INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?, ?, ?)');
      for (const { event } of points.alarms) {
        const { patient, device } = event.alarm;
        alarm.run(event.cursor, event.at, patient, device, event.event, JSON.stringify(event.alarm));
      }
      writeObservations(this.#db, points.observations);
      const status = this.#db.prepare(
        upsert('device_status', ['device', 't'], ['battery_percent', 'worn', 'charging']),
      );
      const flag = (value: boolean | null): number | null => (value === null ? null : Number(value));
      for (const { device, t, battery_percent, worn, charging } of points.statuses) {
        status.run(device, t, battery_percent, flag(worn), flag(charging));
      }
    });
  }

  values({ subject, vital, from, to, limit }: VitalsQuery): Track[] {
    const select = this.#db.prepare(
      `SELECT t, "${vital}" AS value FROM vitals
       WHERE series = ? AND t >= ? AND t < ? AND value IS NOT NULL ORDER BY t LIMIT ?`,
    );
    return this.#seriesOf(subject).map(({ id, device }) => {
      const rows = select.all(id, from, to, limit);
      return {
        device,
        t: Float64Array.from(rows, (row) => Number(row.t)),
        values: Float64Array.from(rows, (row) => Number(row.value)),
      };
    });
  }

  buckets({
    subject,
    vital,
    from,
    to,
    limit,
    resolutionMs,
  }: VitalsQuery & { resolutionMs: number }): Bucket[] {
    const ids = this.#seriesOf(subject).map(({ id }) => id);
    const size = BigInt(resolutionMs);
    const rows = this.#db
      .prepare(
        `SELECT t - ((t % :size) + :size) % :size AS bucket,
           min("${vital}") AS low, avg("${vital}") AS mean, max("${vital}") AS high, count(*) AS size
         FROM vitals
         WHERE series IN (${ids.join(',')}) AND t >= :from AND t < :to AND "${vital}" IS NOT NULL
         GROUP BY bucket ORDER BY bucket LIMIT :limit`,
      )
      .all({ size, from, to, limit });
    return rows.map((row) => ({
      t: Number(row.bucket),
      min: Number(row.low),
      mean: Number(row.mean),
      max: Number(row.high),
      count: Number(row.size),
    }));
  }

  samples({ subject, from, to, limit }: SamplesQuery): DeviceMoments[] {
    const select = this.#db.prepare(
      `SELECT t, quality, ${VITAL_NAMES.map((vital) => `"${vital}"`).join(', ')} FROM vitals
       WHERE series = ? AND t >= ? AND t < ? ORDER BY t LIMIT ?`,
    );
    // An object a row costs more than reading it.
    select.setReturnArrays(true);
    const devices = this.#seriesOf(subject).map(({ id, device }) => {
      const columns = new MomentColumns(device as DeviceId);
      const rows = select.iterate(id, from, to, limit) as Iterable<unknown>;
      for (const row of rows as Iterable<readonly unknown[]>) columns.add(Number(row[0]), row, 1);
      return columns;
    });
    return oldestMoments(devices, limit);
  }

  waveform({ subject, signal, from, to, limit }: WaveformQuery): Track[] {
    const trace = this.#db.prepare('SELECT id, longest FROM traces WHERE series = ? AND signal = ?');
    return this.#seriesOf(subject).map(({ id, device }) => {
      const found = trace.get(id, signal);
      const values =
        found === undefined
          ? new Map<number, number>()
          : this.#traceValues(Number(found.id), Number(found.longest), from * 1_000, to * 1_000, limit);
      const t = Float64Array.from(values.keys()).sort().subarray(0, limit);
      return { device, t: t.slice(), values: t.map((micros) => values.get(micros) ?? Number.NaN) };
    });
  }

  countSamples(device: string, from: number, to: number): number {
    const row = this.#db
      .prepare(
        `SELECT count(*) AS moments FROM vitals
         WHERE series IN (SELECT id FROM series WHERE device = ?) AND t >= ? AND t < ?`,
      )
      .get(device, from, to);
    return Number(row?.moments);
  }

  /** For questions that stand in a file of their own. */
  read<Result>(question: (db: DatabaseSync) => Result): Result {
    return question(this.#db);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #seriesId({ patient, device }: SeriesKey): number {
    const known = this.#db
      .prepare('SELECT id FROM series WHERE patient = ? AND device = ?')
      .get(patient, device);
    if (known !== undefined) return Number(known.id);
    const added = this.#db.prepare('INSERT INTO series (patient, device) VALUES (?, ?)').run(patient, device);
    return Number(added.lastInsertRowid);
  }

  /** By device id, the order in which devices are merged. A device alone: only while nobody wore it. */
  #seriesOf(subject: Subject): { readonly id: number; readonly device: string }[] {
    const select = 'SELECT id, device FROM series WHERE patient = ?';
    const rows =
      'patient' in subject
        ? this.#db.prepare(`${select} ORDER BY device`).all(subject.patient)
        : this.#db.prepare(`${select} AND device = ?`).all('', subject.device);
    return rows.map(({ id, device }) => ({ id: Number(id), device: String(device) }));
  }

  #writeVitals(packed: Float64Array, ids: readonly number[]): void {
    const insert = this.#db.prepare(upsert('vitals', ['series', 't'], MERGED));
    for (let at = 0; at < packed.length; at += VITALS_STRIDE) {
      const [series = 0, t = 0, received = 0, quality = 0] = packed.subarray(at, at + 4);
      const values = Array.from(packed.subarray(at + 4, at + VITALS_STRIDE), orNull);
      // A moment without any field is nothing: InfluxDB has no line for it.
      if (Number.isNaN(quality) && values.every((value) => value === null)) continue;
      insert.run(ids[series] ?? 0, t, orNull(received), QUALITIES[quality] ?? null, ...values);
    }
  }

  #writeChunk({ signal, t, rateHz, values }: WaveformRow, series: number): void {
    if (values.length === 0) return;
    const first = t * 1_000;
    const longest = valueMicros(t, rateHz, values.length - 1) - first;
    const trace = this.#db
      .prepare(
        `INSERT INTO traces (series, signal, longest) VALUES (?, ?, ?)
         ON CONFLICT (series, signal) DO UPDATE SET longest = max(longest, excluded.longest) RETURNING id`,
      )
      .get(series, signal, longest);
    this.#db
      .prepare('INSERT OR REPLACE INTO chunks (trace, t, rate_hz, size, data) VALUES (?, ?, ?, ?, ?)')
      .run(Number(trace?.id), first, rateHz, values.length, new Uint8Array(values.buffer));
  }

  /** The first `limit` values, or a chunk's worth more, by time in microseconds. */
  #traceValues(trace: number, longest: number, from: number, to: number, limit: number): Map<number, number> {
    const values = new Map<number, number>();
    const writtenBy = new Map<number, number>();
    let newest = Number.NEGATIVE_INFINITY;
    const chunks = this.#db
      .prepare('SELECT id, t, rate_hz, data FROM chunks WHERE trace = ? AND t >= ? AND t < ? ORDER BY t')
      .iterate(trace, from - longest, to);
    for (const chunk of chunks) {
      const [id, t, rateHz] = [Number(chunk.id), Number(chunk.t), Number(chunk.rate_hz)];
      if (values.size >= limit && t > newest) break;
      const bytes = chunk.data as Uint8Array;
      for (const [index, value] of new Float64Array(bytes.slice().buffer).entries()) {
        const micros = valueMicros(t / 1_000, rateHz, index);
        if (micros < from || micros >= to || (writtenBy.get(micros) ?? 0) > id) continue;
        values.set(micros, value);
        writtenBy.set(micros, id);
        newest = Math.max(newest, micros);
      }
    }
    return values;
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** An insert that, where the row is there already, overwrites only what is given. */
function upsert(table: string, key: readonly string[], fields: readonly string[]): string {
  const columns = [...key, ...fields].map((name) => `"${name}"`);
  const merged = fields.map((name) => `"${name}" = coalesce(excluded."${name}", "${name}")`);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${merged.join(', ')}`;
}
