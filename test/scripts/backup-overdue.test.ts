import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { makeBackup } from '../../scripts/backup/make-backup.ts';
import { TimeLimit } from '../../scripts/backup/time-limit.ts';
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CodedError } from '../../src/core/coded-error.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import { openAuditTrail } from '../../src/observe/audit-trail.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { manualClock } from '../support/manual-clock.ts';

const MINUTE_MS = 60_000;

t.test('a backup that takes too long leaves nothing, and lets go of its snapshots', async (t) => {
  const directory = t.testdir({ var: {} });
  const file = (name: string): string => join(directory, 'var', name);
  const clock = systemClock();
  const onError = (error: Error): never => t.fail(error.message) as never;
  {
    await using _journal = await openSqliteJournal({ path: file('journal.db'), maxPendingBytes: 2 ** 20 });
    await using _bus = await openEmbeddedBus({ path: file('alarms.db'), clock, onError });
    await using _registry = await openSqliteRegistry({ path: file('registry.db'), onError });
    await using _audit = await openAuditTrail({ path: file('audit.db'), clock, onError });
  }
  using server = new DatabaseSync(file('journal.db'));
  // More than is copied at a time, so that it is amid a file that it notices.
  server.exec('CREATE TABLE filler (a BLOB); INSERT INTO filler VALUES (zeroblob(12 * 1024 * 1024))');
  const manual = manualClock();
  const end = (): void => void t.fail('it noticed');
  using limit = new TimeLimit({ clock: manual, withinMs: MINUTE_MS, end });
  const request = { certs: null, store: 'sqlite', version: '0', clock, signal: limit.signal } as const;
  const made = makeBackup({
    ...{ ...request, data: join(directory, 'var'), directory: join(directory, 'out') },
    progress: (text) => void (/%/.test(text) && manual.advance(MINUTE_MS)),
  });
  await t.rejects(made, { code: 'backup_overdue', message: /within 1 min.*--within/ });
  t.strictSame(readdirSync(join(directory, 'out')), []);
  server.exec('CREATE TABLE later (a); PRAGMA busy_timeout = 0');
  t.match(server.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get(), { busy: 0 }, 'nobody reads it any more');
});

t.test('one that hangs, so that it does not even notice, is ended', (t) => {
  const clock = manualClock();
  const ended: CodedError[] = [];
  {
    using _done = new TimeLimit({ clock, withinMs: MINUTE_MS, end: (error) => ended.push(error) });
  }
  using _hangs = new TimeLimit({ clock, withinMs: 2 * MINUTE_MS, end: (error) => ended.push(error) });
  clock.advance(2 * MINUTE_MS);
  t.strictSame(ended, [], 'it may notice');
  clock.advance(MINUTE_MS);
  t.match(ended, [{ code: 'backup_overdue' }]);
  t.equal(clock.pending, 0);
  t.end();
});
