import { join } from 'node:path';
import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { Journal, JournalCondition } from './journal/journal.ts';
import { observeJournal } from './journal/journal-metrics.ts';
import { openSqliteJournal } from './journal/journal-sqlite.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';

export interface JournalSetup {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Opens the journal of the data directory, with what people see of it. @throws as `openSqliteJournal` */
export async function openJournal({ config, clock, log, metrics }: JournalSetup): Promise<Journal> {
  const journal = await openSqliteJournal({
    path: join(config.data, 'journal.db'),
    maxPendingBytes: config.journalPendingBytes,
    maxUnreadBytes: config.journalUnreadBytes,
    clock,
  });
  observeJournal(metrics, journal);
  logConditions(journal, log);
  return journal;
}

/** Back-pressure comes and goes with the load, many times a second: by itself it is told for debugging only. */
export function logConditions(journal: Pick<Journal, 'condition' | 'onCondition' | 'stats'>, log: Log): void {
  let graver = false;
  const tell = (condition: JournalCondition): void => {
    const { pendingRecords, pendingBytes } = journal.stats();
    const passing = condition === 'ok' || condition === 'behind';
    if (!passing) graver = true;
    const told = passing ? (graver ? 'info' : 'debug') : condition === 'failed' ? 'error' : 'warn';
    if (condition === 'ok') graver = false;
    log[told](
      { event: 'journal_condition', condition, pendingRecords, pendingBytes },
      `journal is ${condition}`,
    );
  };
  if (journal.condition !== 'ok') tell(journal.condition);
  journal.onCondition(tell);
}

/** Logs that nothing is recorded because more comes than the disk takes (see `RecordingGate`), and that it is again. */
export function overrunLog(log: Log): (overrun: boolean) => void {
  return (overrun) =>
    overrun
      ? log.warn(
          { event: 'journal_overrun', overrun },
          'the disk is slower than the load: frames are not recorded',
        )
      : log.info({ event: 'journal_overrun', overrun }, 'the disk has caught up: frames are recorded again');
}
