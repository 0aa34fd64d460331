import { CodedError } from '../core/coded-error.ts';
import type { DeviceId } from '../model/ids.ts';
import {
  identifier,
  selectBuckets,
  selectMoments,
  selectNewest,
  selectObservations,
  selectSamples,
  selectValues,
  selectWaveform,
} from './influxql.ts';
import { linesOf, TagPrefixes } from './line-protocol.ts';
import { mergeByTime } from './merge-series.ts';
import { MomentColumns, oldestMoments } from './moment-columns.ts';
import { observationOf } from './observation-line.ts';
import type { Point } from './point.ts';
import { connect, type InfluxOptions } from './store-influxdb-connection.ts';
import type { Series } from './store-influxdb-query.ts';
import { type NewestStored, StoreError, type TelemetryStore } from './telemetry-store.ts';

/** Well below what any version takes in one body (3.x: 10 MB). Bytes, near enough: tags and fields are ASCII. */
const MAX_BODY = 4 * 1024 * 1024;
/** Moments counted per request. */
const COUNT_PAGE = 20_000;

/**
 * Vitals in InfluxDB 1.x, 2.x or 3.x, through the official client. Its own retries and batching are off: one
 * `write` is one request (several when huge), and it resolves when every one of them was answered with success.
 */
export function influxStore(options: InfluxOptions): TelemetryStore {
  const connection = connect(options);
  const prefixes = new TagPrefixes();

  return {
    name: `influxdb ${options.version}.x`,
    parallelWrites: 4,

    async open() {
      if (options.version !== 1) {
        await connection.query('SHOW MEASUREMENTS LIMIT 1');
        return;
      }
      try {
        await connection.query(`CREATE DATABASE ${identifier(connection.database)}`, 'POST');
      } catch (error) {
        // Only admins may create it. Whoever may read it has it already.
        if (!(error instanceof StoreError) || error.failure !== 'denied') throw error;
        await connection.query('SHOW MEASUREMENTS LIMIT 1');
      }
    },

    async write(points) {
      for (const body of bodies(points, prefixes)) await connection.write(body);
    },

    async values(query) {
      if (query.limit < 1) return [];
      const series = byDevice(await connection.query(selectValues(query)));
      const lists = series.map(({ tags, rows }) =>
        rows.map(([t, value]) => ({
          t: Number(t) / 1_000,
          device: tags.device as DeviceId,
          value: Number(value),
        })),
      );
      return mergeByTime(lists, query.limit);
    },

    async buckets(query) {
      if (query.limit < 1) return [];
      const [series] = await connection.query(selectBuckets(query));
      return (series?.rows ?? []).map(([t, min, mean, max, count]) => ({
        t: Number(t) / 1_000,
        min: Number(min),
        mean: Number(mean),
        max: Number(max),
        count: Number(count),
      }));
    },

    async samples(query) {
      if (query.limit < 1) return [];
      const devices = new Map<string, MomentColumns>();
      await connection.read(selectSamples(query), ({ tags, rows }) => {
        const device = tags.device ?? '';
        const columns = devices.get(device) ?? new MomentColumns(device as DeviceId);
        devices.set(device, columns);
        for (const row of rows) columns.add(Number(row[0]) / 1_000, row, 1);
      });
      const ids = [...devices.keys()].sort();
      return oldestMoments(
        ids.flatMap((id) => devices.get(id) ?? []),
        query.limit,
      );
    },

    async waveform(query) {
      if (query.limit < 1) return [];
      const series = byDevice(await connection.query(selectWaveform(query)));
      const lists = series.map(({ rows }) =>
        rows.map(([t, value]) => ({ t: Number(t) / 1_000, value: Number(value) })),
      );
      return mergeByTime(lists, query.limit);
    },

    async newest(query) {
      let newest: NewestStored | null = null;
      for (const { tags, rows } of byDevice(await connection.query(selectNewest(query)))) {
        const row = rows.find(([, , quality]) => quality === null);
        if (row === undefined) continue;
        const [micros, value, , received] = row;
        const t = Number(micros) / 1_000;
        const measured = received === null ? t : Math.min(t, Number(received));
        if (newest === null || measured > newest.measured)
          newest = { t, device: tags.device as DeviceId, value: Number(value), measured };
      }
      return newest;
    },

    async observations(query) {
      if (query.limit < 1) return [];
      const [series] = await connection.query(selectObservations(query));
      return (series?.rows ?? []).map((row) => observationOf(query.patient, row));
    },

    /** Read and counted, since InfluxQL counts values of one field, not moments of which each has other fields. */
    async countSamples(device, from, to) {
      let count = 0;
      for (let next = from; ; ) {
        const [page] = await connection.query(selectMoments(device, next, to, COUNT_PAGE));
        const rows = page?.rows ?? [];
        if (rows.length < COUNT_PAGE) return count + rows.length;
        // Moments at the page's last time may go on behind its end: they are left for the next page.
        const last = Number(rows.at(-1)?.[0]);
        count += rows.findIndex(([t]) => t === last);
        next = last / 1_000;
      }
    },

    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** In code-unit order of the ids, as SQLite orders them. */
function byDevice(series: readonly Series[]): Series[] {
  return series.toSorted((a, b) => ((a.tags.device ?? '') < (b.tags.device ?? '') ? -1 : 1));
}

/** The points' lines in as few bodies as allowed. @throws StoreError `store_invalid` for what no line can hold. */
function* bodies(points: readonly Point[], prefixes: TagPrefixes): Generator<string> {
  let body = '';
  for (const point of points) {
    let lines: string;
    try {
      lines = linesOf(point, prefixes);
    } catch (cause) {
      if (!(cause instanceof CodedError)) throw cause;
      throw new StoreError('invalid', cause.message, { cause });
    }
    if (lines === '') continue;
    if (body !== '' && body.length + lines.length >= MAX_BODY) {
      yield body;
      body = '';
    }
    body += body === '' ? lines : `\n${lines}`;
  }
  if (body !== '') yield body;
}
