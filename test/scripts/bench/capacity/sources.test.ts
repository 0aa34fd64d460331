import { once } from 'node:events';
import { truncateSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { CountingRelay } from '../../../../scripts/bench/capacity/counting-relay.ts';
import { databaseBytes, directoryBytes, numbersOf } from '../../../../scripts/bench/capacity/file-sizes.ts';
import { measuredPoints } from '../../../../scripts/bench/capacity/measured-points.ts';
import { embeddedCapacity } from '../../../../scripts/bench/capacity/store-capacity.ts';
import { writtenBytes } from '../../../../scripts/bench/machine/written-bytes.ts';

t.test('a directory is as large as what its files take, holes and directories apart', async (t) => {
  const directory = t.testdir({ below: { a: 'x'.repeat(5_000) }, b: '' });
  t.equal(directoryBytes(directory), 8_192);
  writeFileSync(join(directory, 'b'), '');
  truncateSync(join(directory, 'b'), 4_000_000);
  t.equal(directoryBytes(directory), 8_192);
  t.equal(directoryBytes(join(directory, 'absent')), 0);
});

t.test('a database is as large as its used pages, in its WAL or not', async (t) => {
  const path = join(t.testdir(), 'a.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x BLOB)');
  const empty = databaseBytes(path);
  database.exec('INSERT INTO t VALUES (zeroblob(100000))');
  const full = databaseBytes(path);
  t.ok(full - empty > 90_000 && full - empty < 120_000);
  database.exec('DELETE FROM t');
  t.ok(databaseBytes(path) < empty + 20_000, 'free pages do not count');
  t.same(numbersOf(path, 'SELECT 3 AS a, 4 AS b'), [3, 4]);
  database.close();
});

t.test('points are as people have them, and the same on every run', async (t) => {
  const [first, again] = [[...measuredPoints(3, 200, 1_000_000)], [...measuredPoints(3, 200, 1_000_000)]];
  t.same(first, again);
  t.equal(first.length, 600);
  t.same(
    first.slice(0, 4).map(({ device }) => device),
    ['w-0', 'w-1', 'w-2', 'w-0'],
  );
  const rates = first.map(({ values }) => values.heart_rate ?? 0);
  t.ok(Math.min(...rates) >= 55 && Math.max(...rates) <= 110 && new Set(rates).size > 10);
  const times = first.filter(({ device }) => device === 'w-1').map((point) => point.t);
  t.same(
    times.toSorted((a, b) => a - b),
    times,
  );
});

t.test('the relay passes everything on and counts it', async (t) => {
  const server = createServer((socket) => socket.on('data', (data) => socket.write(`${data}${data}`)));
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await using relay = await CountingRelay.start((server.address() as AddressInfo).port);
  const device = connect(relay.port, '127.0.0.1');
  device.write('abc');
  const [answer] = await once(device, 'data');
  t.equal(String(answer), 'abcabc');
  t.same(relay.passed, { up: 3, down: 6 });
  device.destroy();
});

t.test('the embedded store is filled, and its disk told', async (t) => {
  const { signal } = new AbortController();
  const load = { devices: 5, moments: 400, settledWithinMs: 0, signal };
  const { points, bytesAPoint, pointsASecond } = await embeddedCapacity(load);
  t.equal(points, 2_000);
  t.ok(bytesAPoint > 10 && bytesAPoint < 200, String(bytesAPoint));
  t.ok(pointsASecond > 0);
});

t.test('what a process gave to the disk is a count of bytes', async (t) => {
  t.ok(Number.isInteger(writtenBytes(process.pid)));
});
