import { serveCalls } from '../core/worker-calls.ts';
import type { AuditCalls, AuditWorkerData } from './audit-calls.ts';
import { AuditDatabase } from './audit-database.ts';
import { AuditReader } from './audit-reader.ts';

serveCalls<AuditCalls, AuditWorkerData>((data) => {
  const database = new AuditDatabase(data);
  // Opened when somebody reads: hardly ever.
  let reader: AuditReader | null = null;
  return {
    append: ({ entries }) => database.append(entries),
    window: (query) => {
      reader ??= new AuditReader(data.path);
      return reader.window(query);
    },
    [Symbol.dispose]: () => {
      reader?.[Symbol.dispose]();
      database[Symbol.dispose]();
    },
  };
});
