import type { Clock } from '../../src/core/clock.ts';
import { codeOf } from '../../src/core/coded-error.ts';
import type { QuarantineDatabase, QuarantineEntry } from '../../src/store/quarantine-database.ts';
import { STORE_STUCK } from '../../src/store/stuck-point.ts';
import { StoreError, type StoreFailure, type TelemetryStore } from '../../src/store/telemetry-store.ts';

export interface Retried {
  readonly written: number;
  /** Ids of those that the store refused again. */
  readonly refused: readonly number[];
}

/**
 * Gives entries to the store once more; each leaves the quarantine when the store has it, and one that is refused again, or
 * that it cannot even be given, stays with what was said this time. Those that it stumbled over before (`store_stuck`) come
 * last, each alone: they keep no other from it.
 * @throws StoreError `store_transient`, `store_denied`: the store takes nothing now; what is not written stays.
 */
export async function retryEntries(
  database: QuarantineDatabase,
  store: Pick<TelemetryStore, 'write'>,
  clock: Clock,
  entries: readonly QuarantineEntry[],
): Promise<Retried> {
  const { stuck = [], others = [] } = Object.groupBy(entries, ({ code }) =>
    code === STORE_STUCK ? 'stuck' : 'others',
  );
  const parts = [others, ...stuck.map((one) => [one])];
  let written = 0;
  const refused: number[] = [];
  for (const part of parts) {
    const retried = await retryTogether(database, store, clock, part);
    written += retried.written;
    refused.push(...retried.refused);
  }
  return { written, refused };
}

async function retryTogether(
  database: QuarantineDatabase,
  store: Pick<TelemetryStore, 'write'>,
  clock: Clock,
  entries: readonly QuarantineEntry[],
): Promise<Retried> {
  const [only] = entries;
  if (only === undefined) return { written: 0, refused: [] };
  try {
    await store.write(entries.map(({ point }) => point));
  } catch (error) {
    const stumbles = entries.length === 1 && only.code === STORE_STUCK && isOf(error, 'transient');
    // What is no answer of the store is of an entry that it cannot be given.
    const ofEntry = stumbles || isOf(error, 'invalid') || isOf(error, 'too_large');
    if (error instanceof StoreError && !ofEntry) throw error;
    if (entries.length > 1) {
      const half = entries.length >> 1;
      const first = await retryTogether(database, store, clock, entries.slice(0, half));
      const rest = await retryTogether(database, store, clock, entries.slice(half));
      return { written: first.written + rest.written, refused: [...first.refused, ...rest.refused] };
    }
    const message = error instanceof Error ? error.message : String(error);
    const code = stumbles ? STORE_STUCK : codeOf(error);
    database.refusedAgain(only.id, { at: Math.floor(clock.now()), code, message });
    return { written: 0, refused: [only.id] };
  }
  database.remove(entries.map(({ id }) => id));
  return { written: entries.length, refused: [] };
}

function isOf(error: unknown, failure: StoreFailure): boolean {
  return error instanceof StoreError && error.failure === failure;
}
