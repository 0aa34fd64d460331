import type { EpochMs } from '../core/clock.ts';
import type { DeviceId } from '../model/ids.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import { OBSERVATION_FIELDS } from './observation-line.ts';
import type {
  NewestQuery,
  ObservationsQuery,
  SamplesQuery,
  VitalsQuery,
  WaveformQuery,
} from './telemetry-store.ts';

/** InfluxQL, the one query language that 1.x, 2.x and 3.x share. Pure: questions in, text out. */

/** A string literal. InfluxQL knows the escapes \\, \' and \n and refuses a bare line break. */
export function stringLiteral(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
}

/** A quoted identifier: a database, measurement, field or tag. */
export function identifier(name: string): string {
  return `"${name.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

/** What a 64-bit count of nanoseconds can hold, in milliseconds; InfluxQL refuses literals beyond. */
const FARTHEST_MS = 9_223_372_036_854;

/** Half-open: [from, to). */
function timeRange(from: EpochMs, to: EpochMs): string {
  return `time >= ${timeLiteral(from)} AND time < ${timeLiteral(to)}`;
}

function timeLiteral(t: number): string {
  return `${Math.ceil(Math.min(FARTHEST_MS, Math.max(-FARTHEST_MS, t)) * 1_000)}u`;
}

function subjectClause(subject: VitalsQuery['subject']): string {
  if ('patient' in subject) return `"patient" = ${stringLiteral(subject.patient)}`;
  // A missing tag equals the empty string: what was stored while nobody wore the device.
  return `"device" = ${stringLiteral(subject.device)} AND "patient" = ''`;
}

/** One series a device, each oldest first and at most `limit` long: LIMIT counts per series. */
export function selectValues(query: VitalsQuery): string {
  const { subject, vital, from, to, limit } = query;
  return `SELECT ${identifier(vital)} FROM "vitals" WHERE ${subjectClause(subject)} AND ${timeRange(from, to)} GROUP BY "device" LIMIT ${limit}`;
}

/** All devices together, aligned to the epoch, empty buckets left out. */
export function selectBuckets(query: VitalsQuery & { readonly resolutionMs: number }): string {
  const { subject, vital, from, to, limit, resolutionMs } = query;
  const field = identifier(vital);
  return `SELECT MIN(${field}), MEAN(${field}), MAX(${field}), COUNT(${field}) FROM "vitals" WHERE ${subjectClause(subject)} AND ${timeRange(from, to)} GROUP BY time(${resolutionMs}ms) fill(none) LIMIT ${limit}`;
}

export function selectWaveform(query: WaveformQuery): string {
  const { subject, signal, from, to, limit } = query;
  return `SELECT "value" FROM "waveforms" WHERE ${subjectClause(subject)} AND "signal" = ${stringLiteral(signal)} AND ${timeRange(from, to)} GROUP BY "device" LIMIT ${limit}`;
}

/** Quality, then every vital: a series a device, each oldest first and at most `limit` long. */
export function selectSamples({ subject, from, to, limit }: SamplesQuery): string {
  const fields = ['quality', ...VITAL_NAMES].map(identifier).join(', ');
  return `SELECT ${fields} FROM "vitals" WHERE ${subjectClause(subject)} AND ${timeRange(from, to)} GROUP BY "device" LIMIT ${limit}`;
}

/** How many of the newest values are looked through for one that could be trusted. */
const NEWEST_LOOKED_AT = 1_000;

/** Value, quality and receipt: a series a device, each newest first. A missing quality, which is good, cannot be asked for. */
export function selectNewest({ patient, vital, from, to }: NewestQuery): string {
  const field = identifier(vital);
  // No vital is below 0; the condition leaves out moments that hold other vitals only.
  return `SELECT ${field}, "quality", "received" FROM "vitals" WHERE ${subjectClause({ patient })} AND ${timeRange(from, to)} AND ${field} >= 0 GROUP BY "device" ORDER BY time DESC LIMIT ${NEWEST_LOOKED_AT}`;
}

/** `OBSERVATION_FIELDS`, the last entered first. Nothing is entered before it is observed, which bounds the time. */
export function selectObservations({ patient, from, to, limit }: ObservationsQuery): string {
  const fields = OBSERVATION_FIELDS.map(identifier).join(', ');
  return `SELECT ${fields} FROM "observations" WHERE ${subjectClause({ patient })} AND time >= ${timeLiteral(from)} AND "t" >= ${Math.ceil(from)} AND "t" < ${Math.ceil(to)} ORDER BY time DESC LIMIT ${limit}`;
}

/** A page of a device's moments, oldest first: every field, since a moment may hold any of them. */
export function selectMoments(device: DeviceId, from: EpochMs, to: EpochMs, limit: number): string {
  const fields = [...VITAL_NAMES, 'quality'].map(identifier).join(', ');
  return `SELECT ${fields} FROM "vitals" WHERE "device" = ${stringLiteral(device)} AND ${timeRange(from, to)} LIMIT ${limit}`;
}
