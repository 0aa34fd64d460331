import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LoggedAlarmEvent } from '../../src/model/alarm.ts';

/** Every event in the alarm log of a data directory, in the order of its cursors. */
export function alarmEventsIn(data: string): readonly LoggedAlarmEvent[] {
  const database = new DatabaseSync(join(data, 'alarms.db'), { readOnly: true, timeout: 10_000 });
  try {
    const rows = database.prepare('SELECT cursor, event FROM events ORDER BY cursor').all();
    return rows.map(({ cursor, event }) => ({
      ...(JSON.parse(String(event)) as LoggedAlarmEvent),
      cursor: String(cursor) as LoggedAlarmEvent['cursor'],
    }));
  } finally {
    database.close();
  }
}
