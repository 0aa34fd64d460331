import { serveCalls } from '../core/worker-calls.ts';
import type { AlarmLogCalls, AlarmLogWorkerData } from './alarm-log-calls.ts';
import { AlarmLogDatabase } from './alarm-log-database.ts';

serveCalls<AlarmLogCalls, AlarmLogWorkerData>((data) => {
  const database = new AlarmLogDatabase(data);
  return {
    opened: () => database.opened(),
    commit: (batch) => database.commit(batch),
    takeUp: ({ events, now }) => database.takeUp(events, now),
    after: ({ cursor, limit }) => database.after(cursor, limit),
    eventsOf: (query) => database.eventsOf(query),
    history: (query) => database.history(query),
    live: () => database.live(),
    alarm: ({ id }) => database.alarm(id),
    deliveriesOf: ({ alarm }) => database.deliveriesOf(alarm),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
});
