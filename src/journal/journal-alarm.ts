import { codeOf } from '../core/coded-error.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';
import type { Journal } from './journal.ts';

/**
 * Journals an alarm step; it waits for room like a frame does. It was relayed already, and the alarm log has it.
 * @throws what the journal's failure was
 */
export async function journalAlarm(journal: Journal, event: LoggedAlarmEvent): Promise<void> {
  for (;;) {
    await journal.writable();
    try {
      return await journal.append({ kind: 'alarm', event });
    } catch (cause) {
      if (codeOf(cause) !== 'journal_full') throw cause;
    }
  }
}
