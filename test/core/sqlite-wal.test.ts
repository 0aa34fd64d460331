import { copyFileSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { openSqliteFile } from '../../src/core/sqlite-file.ts';

const open = (path: string) =>
  openSqliteFile({ path, migrations: ['CREATE TABLE t (x)'], busyTimeoutMs: 0, settle: true });
const rowsIn = (path: string) => {
  using database = new DatabaseSync(path);
  return database.prepare('SELECT count(*) AS n FROM t').get()?.n;
};

/** The files of a database whose process died: what was committed is in the WAL alone. */
function died(t: Test): string {
  const directory = t.testdir();
  const [live, path] = [join(directory, 'live.db'), join(directory, 'died.db')];
  using database = open(live);
  database.exec("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (1), ('two')");
  for (const end of ['', '-wal']) copyFileSync(live + end, path + end);
  return path;
}

t.test('what the WAL shows is in the database file before it is trusted', async (t) => {
  const path = died(t);
  t.ok(statSync(`${path}-wal`).size > 0);
  using _database = open(path);
  t.equal(statSync(`${path}-wal`).size, 0);
  const alone = `${path}.copy`;
  copyFileSync(path, alone);
  t.equal(rowsIn(alone), 2);
});

t.test(
  'where a reader of another connection keeps the WAL, it is written over itself, byte for byte',
  async (t) => {
    const path = died(t);
    const wal = `${path}-wal`;
    using reader = new DatabaseSync(path, { readOnly: true });
    reader.exec('BEGIN');
    t.equal(reader.prepare('SELECT count(*) AS n FROM t').get()?.n, 2);
    const before = readFileSync(wal);
    utimesSync(wal, 1, 1);
    using database = open(path);
    t.ok(statSync(wal).mtimeMs > 1_000, 'written');
    t.same(readFileSync(wal), before);
    database.exec('INSERT INTO t VALUES (3)');
    t.equal(reader.prepare('SELECT count(*) AS n FROM t').get()?.n, 2, 'the reader is not disturbed');
    t.equal(database.prepare('SELECT count(*) AS n FROM t').get()?.n, 3);
  },
);
