import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { actsOfDrop } from '../../scripts/quarantine/drop.ts';
import { entryTable, entryText, summaryOf } from '../../scripts/quarantine/point-text.ts';
import { retryEntries } from '../../scripts/quarantine/retry.ts';
import type { DeviceId } from '../../src/model/ids.ts';
import { AUDIT_DETAIL_MAX, toAuditFields } from '../../src/observe/audit-entry.ts';
import type { Point } from '../../src/store/point.ts';
import { QuarantineDatabase } from '../../src/store/quarantine-database.ts';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';
import { manualClock } from '../support/manual-clock.ts';
import { onRecord, runCommand } from '../support/script-run.ts';

const refused = (point: Point, message = 'a field has another type') => ({
  ...{ at: T0, code: 'store_invalid', message },
  point: JSON.stringify(point),
});

function quarantineAt(cwd: string, points: readonly Point[]): QuarantineDatabase {
  const database = new QuarantineDatabase({ path: join(cwd, 'var/quarantine.db') });
  database.add(points.map((point) => refused(point)));
  return database;
}

t.test('lists, shows, retries and drops what an embedded store refused, beside a server', async (t) => {
  const cwd = t.testdir();
  const other = { device: 'watch-2' as DeviceId };
  // Open all the while, as a server has it.
  using database = quarantineAt(cwd, [
    moment(T0, { heart_rate: 1 }),
    moment(T0 + 1, { heart_rate: 2 }, other),
    moment(T0 + 2, { heart_rate: 3, spo2: 97 }, other),
  ]);
  await using store = sqliteStore({ path: join(cwd, 'var/telemetry.db') });
  await store.open();
  using telemetry = new DatabaseSync(join(cwd, 'var/telemetry.db'));
  telemetry.exec(`CREATE TRIGGER refuse BEFORE INSERT ON vitals WHEN NEW.heart_rate = 2
    BEGIN SELECT RAISE(ABORT, 'still refused'); END`);

  const listed = await runCommand(t, cwd, 0, 'quarantine list --json');
  t.match(listed.json, {
    total: 3,
    entries: [{ id: 1 }, { id: 2 }, { id: 3, fields: ['heart_rate', 'spo2'] }],
  });
  t.notMatch(listed.stdout, '97', 'a list shows no values');

  const retried = await runCommand(t, cwd, 1, 'quarantine retry --all --json');
  t.strictSame(retried.json, { written: 2, refused: [2] });
  t.match(retried.stderr, /^error: 1 point refused again.*\(quarantine_refused_again\)\n$/);
  t.equal(await store.countSamples(other.device, 0, T0 * 2), 1);
  const shown = await runCommand(t, cwd, 0, 'quarantine show 2');
  t.match(
    shown.stdout,
    /attempts: +2\nrefusal: .*still refused.*\(store_invalid\)\npoint: .*"heart_rate":2/s,
  );

  await runCommand(t, cwd, 1, 'quarantine drop 7 --reason test');
  const dropped = await runCommand(t, cwd, 0, 'quarantine drop 2 --reason test --json');
  t.strictSame(dropped.json, { dropped: [2] });
  t.strictSame(onRecord(t, cwd), ['quarantine_dropped watch-2']);
  t.strictSame(database.held(), { points: 0, bytes: 0 });
});

t.test('says what is wrong with a command line, and makes nothing where nothing is', async (t) => {
  const cwd = t.testdir();
  await runCommand(t, cwd, 78, 'quarantine list');
  t.notOk(existsSync(join(cwd, 'var')));
  mkdirSync(join(cwd, 'var'));
  t.match((await runCommand(t, cwd, 0, 'quarantine list')).stdout, 'Nothing is in quarantine.');
  t.notOk(existsSync(join(cwd, 'var/quarantine.db')));
  await runCommand(t, cwd, 2, 'quarantine retry');
  await runCommand(t, cwd, 2, 'quarantine drop --all');
});

t.test(
  'takes over what earlier releases kept, but for a line that a crash cut short, and once',
  async (t) => {
    const cwd = t.testdir({ var: {} });
    const file = join(cwd, 'var/quarantine.ndjson');
    const line = (spo2: number) =>
      `${JSON.stringify({ at: T0, code: 'store_invalid', message: 'no', point: moment(T0, { spo2 }) })}\n`;
    writeFileSync(file, `${line(97)}{"at":1,"co\n${line(96)}`);
    const listed = await runCommand(t, cwd, 0, 'quarantine list');
    t.match(listed.stdout, /\n1 .*\n2 /);
    t.notOk(existsSync(file));
    t.ok(existsSync(`${file}.imported`));
    appendFileSync(file, line(96));
    t.match((await runCommand(t, cwd, 0, 'quarantine list --json')).json, { total: 2 });
  },
);

t.test('an entry leaves only when the store has it; one that fails leaves all where they are', async (t) => {
  const cwd = t.testdir({ var: {} });
  using database = quarantineAt(
    cwd,
    [1, 2, 3, 4, 5].map((rate) => moment(T0 + rate, { heart_rate: rate })),
  );
  const asked: number[] = [];
  const write = async (points: readonly Point[]): Promise<void> => {
    asked.push(points.length);
    if (asked.length > 2) throw new StoreError('transient', 'gone');
    if (points.length > 2) throw new StoreError('too_large', 'too much');
  };
  const clock = manualClock();
  await t.rejects(retryEntries(database, { write }, clock, database.entries(0, 10)), {
    code: 'store_transient',
  });
  t.strictSame(asked, [5, 2, 3]);
  t.strictSame(
    database.entries(0, 10).map(({ id, attempts }) => [id, attempts]),
    [
      [3, 1],
      [4, 1],
      [5, 1],
    ],
  );
});

t.test('an entry that the store cannot even be given is noted, and the others are written', async (t) => {
  using database = quarantineAt(
    t.testdir({ var: {} }),
    [1, 2, 3, 4].map((rate) => moment(T0 + rate, { heart_rate: rate })),
  );
  const written: number[] = [];
  const write = async (points: readonly Point[]): Promise<void> => {
    const rates = points.map((point) => (point.measurement === 'vitals' ? point.values.heart_rate! : 0));
    if (rates.includes(2)) throw new TypeError('of no measurement that is known');
    written.push(...rates);
  };
  const retried = await retryEntries(database, { write }, manualClock(), database.entries(0, 10));
  t.strictSame([retried, written], [{ written: 3, refused: [2] }, [1, 3, 4]]);
  t.match(database.entries(0, 10), [{ id: 2, attempts: 2, message: 'of no measurement that is known' }]);
});

t.test('a point that the store still stumbles over keeps no other from it', async (t) => {
  using database = quarantineAt(t.testdir({ var: {} }), [moment(T0, { spo2: 97 })]);
  for (const spo2 of [90, 91, 92])
    database.add([{ ...refused(moment(T0 + spo2, { spo2 })), code: 'store_stuck' }]);
  database.add([refused(moment(T0, { spo2: 96 }))]);
  const written: number[] = [];
  const write = async (points: readonly Point[]): Promise<void> => {
    const values = points.map((point) => (point.measurement === 'vitals' ? point.values.spo2! : 0));
    if (values.includes(91)) throw new StoreError('transient', '500');
    written.push(...values);
  };
  const retried = await retryEntries(database, { write }, manualClock(), database.entries(0, 10));
  t.strictSame([retried, written], [{ written: 4, refused: [3] }, [97, 96, 90, 92]]);
  t.match(database.entries(0, 10), [{ id: 3, attempts: 2, code: 'store_stuck' }]);
});

t.test('what was thrown away is on record by device, within the bounds of an entry', (t: Test) => {
  using database = quarantineAt(t.testdir({ var: {} }), [
    ...Array.from({ length: 400 }, (_, index) => moment(T0 + index, { spo2: 97 })),
    moment(T0, { spo2: 97 }, { device: 'watch-2' as DeviceId }),
  ]);
  const acts = actsOfDrop(database.entries(0, 1_000), 'a test');
  t.match(acts, [
    { subject: 'watch-1', details: { points: 400, measurements: 'vitals', reason: 'a test' } },
    { subject: 'watch-2', details: { points: 1, entries: '401' } },
  ]);
  t.match(acts[0]?.details?.entries, /^1 2 3 .* \d+ \.\.\.$/);
  t.ok(String(acts[0]?.details?.entries).length > AUDIT_DETAIL_MAX - 10);
  for (const act of acts) toAuditFields({ ...act, actor: { kind: 'admin', name: 'root' } }, T0);
  t.end();
});

t.test('a refusal cannot speak to the terminal', (t: Test) => {
  using database = quarantineAt(t.testdir({ var: {} }), []);
  database.add([refused(moment(T0, { spo2: 97 }), 'bad \u001b[31m\u202eline\n')]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  t.notMatch(entryTable(database.entries(0, 1)).trimEnd(), /[\u0000-\u0009\u000b-\u001f\u202e]|line\n/);
  t.match(summaryOf(moment(T0, { spo2: 97 })), { device: 'watch-1', fields: ['spo2'] });
  t.end();
});

t.test('an entry that is no point of this release is listed and dropped as any other', (t) => {
  using database = new QuarantineDatabase({ path: join(t.testdir(), 'quarantine.db') });
  const odd = [{ measurement: 'odd' }, { measurement: 'alarms' }, { measurement: 'vitals' }, {}] as never[];
  const far = { ...moment(1e18, { spo2: 97 }), patient: null };
  database.add([...odd, far, moment(T0, { spo2: 97 })].map((point) => refused(point)));
  const entries = database.entries(0, 10);
  const table = entryTable(entries);
  t.equal(table.match(/unreadable/g)?.length, odd.length);
  t.match(table, String(1e18));
  for (const entry of entries) t.match(entryText(entry), /refusal: /);
  t.match(
    actsOfDrop(entries, 'why').map(({ subject, details }) => [subject, details?.points]),
    [
      ['unknown', odd.length],
      ['watch-1', 2],
    ],
  );
  t.end();
});
