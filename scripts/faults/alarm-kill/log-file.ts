import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Alarm } from '../../../src/model/alarm.ts';
import type { Cursor } from '../../../src/model/ids.ts';

/** What the alarm log's file says while no server has it: from a copy, so that nothing of it is changed. */
export function readDeadLog(
  data: string,
  copyTo: string,
): { readonly live: readonly Alarm[]; readonly last: Cursor } {
  mkdirSync(copyTo, { recursive: true });
  for (const file of ['alarms.db', 'alarms.db-wal', 'alarms.db-shm'])
    if (existsSync(join(data, file))) cpSync(join(data, file), join(copyTo, file));
  const database = new DatabaseSync(join(copyTo, 'alarms.db'));
  try {
    const live = database.prepare("SELECT alarm FROM alarms WHERE presence <> 'off'").all();
    const last = database.prepare('SELECT max(cursor) AS last FROM events').get();
    return {
      live: live.map(({ alarm }) => JSON.parse(String(alarm)) as Alarm),
      last: String(last?.last ?? 0) as Cursor,
    };
  } finally {
    database.close();
  }
}
