import type { DatabaseSync } from 'node:sqlite';
import type { DeviceId } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';
import type { ObservationPoint } from './point.ts';
import type { NewestQuery, NewestStored, ObservationsQuery } from './telemetry-store.ts';

/** Within the transaction of the caller. */
export function writeObservations(db: DatabaseSync, points: readonly ObservationPoint[]): void {
  const insert = db.prepare('INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?)');
  for (const { observation } of points) {
    const { id, patient, t, entered } = observation;
    insert.run(id, patient, t, entered, JSON.stringify(observation));
  }
}

/** The last entered first. */
export function storedObservations(
  db: DatabaseSync,
  { patient, from, to, limit }: ObservationsQuery,
): Observation[] {
  // Nothing is entered before it is observed, so the index bounds the search.
  const rows = db
    .prepare(
      `SELECT observation FROM observations WHERE patient = ? AND entered >= ? AND t >= ? AND t < ?
       ORDER BY entered DESC, id DESC LIMIT ?`,
    )
    .all(patient, from, from, to, limit);
  return rows.map((row) => JSON.parse(String(row.observation)) as Observation);
}

/** The newest trusted value over all devices of the patient. */
export function newestStored(
  db: DatabaseSync,
  { patient, vital, from, to }: NewestQuery,
): NewestStored | null {
  const select = db.prepare(
    `SELECT t, received, "${vital}" AS value FROM vitals
     WHERE series = ? AND t >= ? AND t < ? AND value IS NOT NULL AND quality IS NULL ORDER BY t DESC LIMIT 1`,
  );
  let newest: NewestStored | null = null;
  for (const { id, device } of db
    .prepare('SELECT id, device FROM series WHERE patient = ? ORDER BY device')
    .all(patient)) {
    const row = select.get(Number(id), from, to);
    if (row === undefined) continue;
    const t = Number(row.t);
    const measured = row.received === null ? t : Math.min(t, Number(row.received));
    if (newest === null || measured > newest.measured)
      newest = { t, device: String(device) as DeviceId, value: Number(row.value), measured };
  }
  return newest;
}
