// A process to be killed: appends without end and writes each sequence number to stdout once its append resolved.
import { writeSync } from 'node:fs';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import { aVitalsRecord } from '../support/records.ts';

const [path, first] = process.argv.slice(2);
const journal = await openSqliteJournal({ path: String(path), maxPendingBytes: 1_000_000 });
journal.onFailure((cause) => {
  writeSync(1, `failed ${'code' in cause ? cause.code : ''}\n`);
});
try {
  for (let seq = Number(first); ; seq++) {
    const appended = journal.append(aVitalsRecord(seq));
    appended.then(() => writeSync(1, `${seq}\n`)).catch(() => {});
    if (seq % 20 === 0) await appended;
    else if (seq % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
} catch {
  const late = await journal.append(aVitalsRecord(0)).catch((error) => error.code);
  const seq = await journal.durableSeq(aVitalsRecord(0).device, aVitalsRecord(0).stream).catch((e) => e.code);
  writeSync(1, `late ${late} ${seq}\n`);
  await journal[Symbol.asyncDispose]();
}
