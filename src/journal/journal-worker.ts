import { serveCalls } from '../core/worker-calls.ts';
import type { JournalCalls, JournalWorkerData } from './journal-calls.ts';
import { JournalDatabase } from './journal-database.ts';

serveCalls<JournalCalls, JournalWorkerData>((data) => {
  const database = new JournalDatabase(data);
  return {
    opened: () => database.opened(),
    commit: (request) => database.commit(request),
    retry: ({ now }) => database.retry(now),
    read: ({ after }) => database.read(after),
    fold: (fold) => database.fold(fold),
    seq: (of) => database.seq(of),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
});
