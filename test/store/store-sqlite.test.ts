import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { openSqliteFile } from '../../src/core/sqlite-file.ts';
import type { Cursor, DeviceId, PatientId } from '../../src/model/ids.ts';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import { TELEMETRY_MIGRATIONS } from '../../src/store/store-sqlite-schema.ts';
import {
  ALARMS,
  moment,
  type StoreUnderTest,
  T0,
  telemetryStoreContract,
} from '../contracts/telemetry-store.contract.ts';

async function make(t: Test): Promise<StoreUnderTest> {
  const path = join(t.testdir(), 'telemetry.db');
  const store = sqliteStore({ path });
  await store.open();
  const read = (sql: string, ...values: (string | number)[]) => {
    using db = new DatabaseSync(path, { readOnly: true });
    return db.prepare(sql).get(...values);
  };
  return {
    store,
    countAlarms: async () => Number(read('SELECT count(*) AS n FROM alarms')?.n),
    readMoment: async (device, at) => {
      const row = read(
        'SELECT quality, received FROM vitals JOIN series ON series.id = vitals.series WHERE device = ? AND t = ?',
        device,
        at,
      );
      return { quality: row?.quality as string | null, received: row?.received as number | null };
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

t.test('contract', async (t) => telemetryStoreContract(t, make));

const EVER = {
  subject: { patient: 'patient-1' as PatientId },
  vital: 'spo2',
  from: 0,
  to: T0 * 2,
  limit: 10,
} as const;

t.test('keeps what it has over a restart', async (t) => {
  const path = join(t.testdir(), 'telemetry.db');
  {
    await using store = sqliteStore({ path });
    await store.open();
    await store.write([moment(T0, { spo2: 97 })]);
  }
  await using store = sqliteStore({ path });
  await store.open();
  t.strictSame(await store.values(EVER), [{ t: T0, device: 'watch-1' as DeviceId, value: 97 }]);
});

t.test('adds a column for a vital that an older file does not have', async (t) => {
  const path = join(t.testdir(), 'telemetry.db');
  {
    await using store = sqliteStore({ path });
    await store.open();
    await store.write([moment(T0, { spo2: 97 })]);
  }
  {
    using db = new DatabaseSync(path);
    db.exec('ALTER TABLE vitals DROP COLUMN glucose');
  }
  await using store = sqliteStore({ path });
  await store.open();
  await store.write([moment(T0, { glucose: 100 })]);
  t.match(await store.values({ ...EVER, vital: 'glucose' }), [{ value: 100 }]);
  t.match(await store.values(EVER), [{ value: 97 }]);
});

t.test(
  'a file in which every alarm had a device keeps its alarms and takes those that have none',
  async (t) => {
    const path = join(t.testdir(), 'telemetry.db');
    {
      using db = openSqliteFile({ path, migrations: TELEMETRY_MIGRATIONS.slice(0, 2), busyTimeoutMs: 1_000 });
      const insert = db.prepare('INSERT INTO alarms VALUES (?, ?, ?, ?, ?, ?)');
      insert.run('1', T0, 'patient-1', 'watch-1', 'raised', '{"score":1}');
      insert.run('2', T0 + 1, null, 'watch-2', 'cleared', '{"score":2}');
    }
    await using store = sqliteStore({ path });
    await store.open();
    const step = { event: 'raised', at: T0 + 2, cursor: '3' as Cursor } as const;
    await store.write([{ measurement: 'alarms', event: { ...step, alarm: ALARMS.news2! } }]);
    using db = new DatabaseSync(path, { readOnly: true });
    const rows = db.prepare('SELECT cursor, at, patient, device, event FROM alarms ORDER BY cursor').all();
    t.same(rows, [
      { cursor: '1', at: T0, patient: 'patient-1', device: 'watch-1', event: 'raised' },
      { cursor: '2', at: T0 + 1, patient: null, device: 'watch-2', event: 'cleared' },
      { cursor: '3', at: T0 + 2, patient: 'patient-1', device: null, event: 'raised' },
    ]);
    const kept = db.prepare("SELECT alarm FROM alarms WHERE cursor < '3' ORDER BY cursor").all();
    t.same(kept, [{ alarm: '{"score":1}' }, { alarm: '{"score":2}' }]);
    const plan = db.prepare("EXPLAIN QUERY PLAN SELECT * FROM alarms WHERE patient = 'x' AND at > 0").get();
    t.match(plan?.detail, /alarms_patient/, 'found by patient as before');
  },
);

t.test(
  'is denied a place that cannot be, a file that is no database, and one of a newer version',
  async (t) => {
    const dir = t.testdir({
      'text.db': 'not a database, but long enough to be looked at as one'.repeat(100),
    });
    const newer = join(dir, 'newer.db');
    {
      using db = new DatabaseSync(newer);
      db.exec('PRAGMA user_version = 99');
    }
    for (const path of [join(dir, 'text.db', 'telemetry.db'), join(dir, 'text.db'), newer]) {
      await using store = sqliteStore({ path });
      await t.rejects(store.open(), { code: 'store_denied', failure: 'denied' }, path);
    }
  },
);

t.test('only its owner can read the file: it holds vitals', async (t) => {
  const path = join(t.testdir(), 'telemetry.db');
  await using store = sqliteStore({ path });
  await store.open();
  await store.write([moment(T0, { spo2: 97 })]);
  for (const file of [path, `${path}-wal`]) t.equal(statSync(file).mode & 0o777, 0o600, file);
});

t.test('a write that failed leaves nothing behind and is invalid when the data is why', async (t) => {
  const path = join(t.testdir(), 'telemetry.db');
  await using store = sqliteStore({ path });
  await store.open();
  {
    using db = new DatabaseSync(path);
    db.exec(
      "CREATE TRIGGER full BEFORE INSERT ON vitals WHEN NEW.spo2 = 66 BEGIN SELECT RAISE(ABORT, 'refused'); END",
    );
  }
  await t.rejects(store.write([moment(T0, { spo2: 97 }), moment(T0 + 1, { spo2: 66 })]), {
    code: 'store_invalid',
  });
  t.strictSame(await store.values(EVER), []);
  await store.write([moment(T0, { spo2: 97 })]);
  t.equal((await store.values(EVER)).length, 1);
});

t.test('is denied a damaged file, and works again when a good one is in its place', async (t) => {
  const dir = t.testdir();
  const path = join(dir, 'telemetry.db');
  const good = join(dir, 'good.db');
  await using store = sqliteStore({ path });
  await store.write(Array.from({ length: 200 }, (_, at) => moment(T0 + at, { spo2: 97 })));
  {
    using db = new DatabaseSync(path);
    db.exec(`VACUUM INTO '${good}'; PRAGMA wal_checkpoint(TRUNCATE)`);
  }
  writeFileSync(path, Buffer.alloc(statSync(path).size, 7));
  await t.rejects(store.write([moment(T0, { spo2: 98 })]), { code: 'store_denied' });
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  renameSync(good, path);
  await store.write([moment(T0, { spo2: 98 })]);
  t.equal(await store.countSamples('watch-1' as DeviceId, 0, T0 * 2), 200);
});

t.test('refuses calls after it was closed', async (t) => {
  const store = sqliteStore({ path: join(t.testdir(), 'telemetry.db') });
  await store.open();
  await store[Symbol.asyncDispose]();
  await t.rejects(store.write([]), { code: 'store_transient' });
});
