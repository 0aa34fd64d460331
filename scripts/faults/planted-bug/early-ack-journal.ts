import type { Journal } from '../../../src/journal/journal.ts';
import * as sound from '../../../src/journal/journal-sqlite.ts';

/** How long it keeps what it has said is durable: a busy machine must not hide the bug by writing before the kill comes. */
const WRITES_BEHIND_MS = 100;

/**
 * The product's journal with a bug: it says that a record is durable as soon as it has it, and writes it a little later, as
 * a cache in between would. Stands in the place of the product's own module in the server of one scenario (see plant.ts):
 * the product has no such switch.
 */
export async function openSqliteJournal(options: sound.SqliteJournalOptions): Promise<Journal> {
  const journal = await sound.openSqliteJournal(options);
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'append')
        return (record: Parameters<Journal['append']>[0]) => {
          setTimeout(() => {
            target.append(record).catch((error: Error) => process.stderr.write(`${error.message}\n`));
          }, WRITES_BEHIND_MS);
          return Promise.resolve();
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
