import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { alarmLogEpoch } from '../../src/bus/alarm-log-epoch.ts';
import type { EpochMs } from '../../src/core/clock.ts';
import { Snapshot } from './snapshot.ts';

/** A server is opened less often than that, but for one that dies as it starts, again and again. */
const OPENINGS_AN_HOUR = 16;
const LEAST_LEAP = 1_024;
const RANDOM_LEAP = 4_096;
const HOUR_MS = 3_600_000;

/**
 * The epoch that a restored alarm log goes on after: above every one that may have been given out since the backup.
 * What is known is taken from logs that are still there; beyond that goes by the age of the backup. A share of chance
 * keeps two restores of one backup apart, of which the first left nothing to read.
 * @param epoch of the backup
 * @param known epochs of logs of the same server that could be read
 */
export function epochAfter(
  epoch: number,
  known: readonly number[],
  { created, now }: { readonly created: EpochMs; readonly now: EpochMs },
): number {
  const hours = Math.max(0, now - created) / HOUR_MS;
  const leap = LEAST_LEAP + Math.ceil(hours * OPENINGS_AN_HOUR) + randomInt(RANDOM_LEAP);
  return Math.max(epoch, ...known) + leap;
}

/** Epochs of the alarm logs in these data directories, as far as they can be read. */
export function epochsIn(directories: readonly string[]): readonly number[] {
  return directories.flatMap((directory) => {
    const path = join(directory, 'alarms.db');
    if (!existsSync(path)) return [];
    try {
      using snapshot = new Snapshot(path);
      const epoch = alarmLogEpoch(snapshot.database);
      return Number.isSafeInteger(epoch) ? [epoch] : [];
    } catch {
      // It may be what is restored for: the leap by age stands.
      return [];
    }
  });
}
