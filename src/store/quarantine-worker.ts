import { type Served, serveCalls } from '../core/worker-calls.ts';
import { QuarantineDatabase, type QuarantineDatabaseOptions, type Refused } from './quarantine-database.ts';
import { importQuarantineLines } from './quarantine-import.ts';

/** What the quarantine's worker can be asked. */
export interface QuarantineCalls {
  add(refused: readonly Refused[]): void;
  /** How many points it holds. */
  held(args: null): number;
}

serveCalls<QuarantineCalls, QuarantineDatabaseOptions>(async (options): Promise<Served<QuarantineCalls>> => {
  const database = new QuarantineDatabase(options);
  await importQuarantineLines(database, options.path);
  return {
    add: (refused) => database.add(refused),
    held: () => database.held().points,
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
});
