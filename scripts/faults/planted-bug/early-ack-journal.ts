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
  const later = (write: () => unknown): void => {
    setTimeout(async () => {
      try {
        await write();
      } catch (error) {
        process.stderr.write(`${error}\n`);
      }
    }, WRITES_BEHIND_MS);
  };
  const listeners = new Set<() => void>();
  let ticket = 0;
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const early: Pick<Journal, 'append' | 'enqueue' | 'durableTicket' | 'onCommitted'> = {
    append(record) {
      later(() => journal.append(record));
      return Promise.resolve();
    },
    enqueue(record, line) {
      later(() => journal.enqueue(record, line));
      setImmediate(tell);
      ticket += 1;
      return ticket;
    },
    get durableTicket() {
      return ticket;
    },
    onCommitted(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  return new Proxy(journal, {
    get(target, name) {
      const value: unknown = Reflect.get(name in early ? early : target, name);
      return typeof value === 'function' && !(name in early) ? value.bind(target) : value;
    },
  });
}
