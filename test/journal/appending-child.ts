// A process to be killed: appends without end and writes each sequence number to stdout once its append resolved.
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import { aVitalsRecord } from '../support/records.ts';
import { say } from '../support/say.ts';

const [path, first] = process.argv.slice(2);
const journal = await openSqliteJournal({ path: String(path), maxPendingBytes: 1_000_000 });
journal.onFailure((cause) => {
  say(`failed ${'code' in cause ? cause.code : ''}`);
});
try {
  for (let seq = Number(first); ; seq++) {
    const appended = journal.append(aVitalsRecord(seq));
    appended.then(
      () => say(`${seq}`),
      () => {},
    );
    if (seq % 20 === 0) await appended;
    else if (seq % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
} catch {
  const late = await journal.append(aVitalsRecord(0)).catch((error) => error.code);
  const seq = await journal.durableSeq(aVitalsRecord(0).device, aVitalsRecord(0).stream).catch((e) => e.code);
  say(`late ${late} ${seq}`);
  await journal[Symbol.asyncDispose]();
}
