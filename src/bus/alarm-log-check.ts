import type { DatabaseSync } from 'node:sqlite';
import { CURSORS_PER_EPOCH } from './alarm-log-epoch.ts';

export interface AlarmLogFigures {
  readonly events: number;
  readonly alarms: number;
  /** Of the newest event; 0 when there is none. */
  readonly newest: number;
  readonly epoch: number;
}

/**
 * Looks whether an alarm log holds what it promises: events that can be read, each under its own cursor, of epochs that
 * were given out, above what was trimmed; and of each alarm a newest state that fits. The caller holds a transaction.
 * @throws what SQLite throws for pages that it cannot read
 */
export function checkAlarmLog(
  database: DatabaseSync,
  options: {
    readonly fault: (problem: string) => void;
    readonly passed?: (done: number, total: number) => void;
  },
): AlarmLogFigures {
  const { fault, passed } = options;
  const state = database.prepare('SELECT epoch, trimmed FROM state').get();
  const epoch = Number(state?.epoch ?? Number.NaN);
  const trimmed = Number(state?.trimmed ?? Number.NaN);
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(trimmed)) fault('it has no epoch');
  const total = Number(database.prepare('SELECT count(*) AS events FROM events').get()?.events);
  let events = 0;
  let newest = 0;
  for (const { cursor, event, patient } of database
    .prepare('SELECT cursor, event, patient FROM events ORDER BY cursor')
    .iterate()) {
    newest = Number(cursor);
    const problem = eventProblem(newest, String(event), patient === null ? null : String(patient));
    if (problem !== null) fault(`event ${newest} ${problem}`);
    if (Math.floor(newest / CURSORS_PER_EPOCH) > epoch)
      fault(`event ${newest} is of a later epoch than ${epoch}, the last there was`);
    if (newest <= trimmed) fault(`event ${newest} is kept, though all up to ${trimmed} are said to be gone`);
    events += 1;
    if (events % 1_000 === 0) passed?.(events, total);
  }
  let alarms = 0;
  for (const row of database.prepare('SELECT id, cursor, alarm FROM alarms').iterate()) {
    alarms += 1;
    if (idOf(String(row.alarm)) !== row.id) fault(`alarm ${row.id} cannot be read`);
    if (Number(row.cursor) > Math.max(newest, trimmed))
      fault(`alarm ${row.id} is of event ${row.cursor}, which is not there`);
  }
  return { events, alarms, newest, epoch };
}

function eventProblem(cursor: number, text: string, patient: string | null): string | null {
  try {
    const event = JSON.parse(text) as { cursor?: unknown; alarm?: { patient?: unknown } };
    if (event.cursor !== String(cursor)) return `says that it is event ${String(event.cursor)}`;
    return (event.alarm?.patient ?? null) === patient ? null : 'is kept under another patient than its own';
  } catch {
    return 'cannot be read';
  }
}

function idOf(alarm: string): unknown {
  try {
    return (JSON.parse(alarm) as { id?: unknown }).id;
  } catch {
    return null;
  }
}
