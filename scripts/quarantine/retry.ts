import type { Clock } from '../../src/core/clock.ts';
import type { QuarantineDatabase, QuarantineEntry } from '../../src/store/quarantine-database.ts';
import { StoreError, type TelemetryStore } from '../../src/store/telemetry-store.ts';

export interface Retried {
  readonly written: number;
  /** Ids of those that the store refused again. */
  readonly refused: readonly number[];
}

/**
 * Gives entries to the store once more, in their order; each leaves the quarantine when the store has it, and one that is
 * refused again stays with what was said this time.
 * @throws StoreError `store_transient`, `store_denied`: the store takes nothing now; what is not written stays.
 */
export async function retryEntries(
  database: QuarantineDatabase,
  store: Pick<TelemetryStore, 'write'>,
  clock: Clock,
  entries: readonly QuarantineEntry[],
): Promise<Retried> {
  if (entries.length === 0) return { written: 0, refused: [] };
  try {
    await store.write(entries.map(({ point }) => point));
  } catch (error) {
    if (!(error instanceof StoreError) || (error.failure !== 'invalid' && error.failure !== 'too_large')) {
      throw error;
    }
    const [only] = entries;
    if (entries.length > 1 || only === undefined) {
      const half = entries.length >> 1;
      const first = await retryEntries(database, store, clock, entries.slice(0, half));
      const rest = await retryEntries(database, store, clock, entries.slice(half));
      return { written: first.written + rest.written, refused: [...first.refused, ...rest.refused] };
    }
    const { code, message } = error;
    database.refusedAgain(only.id, { at: Math.floor(clock.now()), code, message });
    return { written: 0, refused: [only.id] };
  }
  database.remove(entries.map(({ id }) => id));
  return { written: entries.length, refused: [] };
}
