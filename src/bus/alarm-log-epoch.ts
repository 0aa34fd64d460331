import type { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../core/coded-error.ts';

/** Cursors of one opening of the log: enough for 136 years at one event a second. */
export const CURSORS_PER_EPOCH = 2 ** 32;
/** Above it a cursor would be no exact number any more. */
export const EPOCHS = Number.MAX_SAFE_INTEGER / CURSORS_PER_EPOCH;

/** How often the log was opened. */
export function alarmLogEpoch(database: DatabaseSync): number {
  return Number(database.prepare('SELECT epoch FROM state').get()?.epoch);
}

/**
 * Makes the next opening of a log that was brought back from a copy begin above `epoch`: clients hold cursors that were
 * given out after the copy was made, and none of them may come to mean another event.
 * @throws CodedError `alarm_epochs_spent`
 */
export function leapAlarmLog(database: DatabaseSync, epoch: number): void {
  if (!(epoch < EPOCHS - 1)) {
    throw new CodedError(
      'alarm_epochs_spent',
      `the alarm log would go on at epoch ${epoch}, and ${Math.floor(EPOCHS)} is the last there is: begin with a new alarms.db`,
      { details: { epoch } },
    );
  }
  database.prepare('UPDATE state SET epoch = max(epoch, ?)').run(epoch);
}
