import { serveCalls } from '../core/worker-calls.ts';
import type { AuditCalls, AuditWorkerData } from './audit-calls.ts';
import { AuditDatabase } from './audit-database.ts';

serveCalls<AuditCalls, AuditWorkerData>((data) => {
  const database = new AuditDatabase(data);
  return {
    append: ({ entries }) => database.append(entries),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
});
