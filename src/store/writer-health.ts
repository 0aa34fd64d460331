import type { WriterStatus } from './writer-status.ts';

/** Further behind than this, someone should look although it is being written. */
const LONG_BEHIND_MS = 60_000;
/** So long after a point was refused, someone should look although all others are written. */
const REFUSED_LATELY_MS = 300_000;

/** How the way to the store does, for people and load balancers: the journal keeps what is not written. */
export function writerHealth(status: WriterStatus): {
  readonly state: 'ok' | 'degraded';
  readonly detail: string;
} {
  const { state, lastError, lagMs, lagRecords, oldestUnwritten, refusedAgoMs } = status;
  const refusing = refusedAgoMs !== null && refusedAgoMs < REFUSED_LATELY_MS;
  const well = (state === 'idle' || state === 'writing') && lagMs < LONG_BEHIND_MS && !refusing;
  const behind =
    lagRecords === 0
      ? 'nothing behind'
      : `${lagRecords} records behind, ${Math.round(lagMs / 1_000)} s${since(oldestUnwritten)}`;
  const pace = `${Math.round(status.recordsPerSecond)} records/s in writes of ${status.batchMoments} moments, ${status.writesInFlight} in flight`;
  const last = refusedAgoMs === null ? '' : `, the last ${Math.round(refusedAgoMs / 1_000)} s ago`;
  const refused =
    status.quarantined === 0 ? '' : `, ${status.quarantined} points refused since the start${last}`;
  const error = lastError === null ? '' : `, ${lastError.code}`;
  return { state: well ? 'ok' : 'degraded', detail: `${state}, ${behind}, ${pace}${refused}${error}` };
}

function since(oldest: number | null): string {
  return oldest === null ? '' : `, since ${new Date(oldest).toISOString()}`;
}
