import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import t from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import { openQuarantine } from '../../src/store/quarantine.ts';
import { QuarantineDatabase } from '../../src/store/quarantine-database.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';

const clock = { ...systemClock(), now: () => T0 };
const refusal = new StoreError('invalid', 'a field has another type');

t.test('keeps a point with its reason over a restart, once however often it is set aside', async (t) => {
  const path = join(t.testdir(), 'quarantine.db');
  for (const spo2 of [97, 96, 97]) {
    await using quarantine = await openQuarantine({ path, clock });
    await quarantine.add(moment(T0, { spo2 }), refusal);
  }
  using database = new QuarantineDatabase({ path });
  const why = { at: T0, tried: T0, code: 'store_invalid', message: refusal.message };
  t.strictSame(database.entries(0, 10), [
    { id: 1, ...why, attempts: 2, point: moment(T0, { spo2: 97 }) },
    { id: 2, ...why, attempts: 1, point: moment(T0, { spo2: 96 }) },
  ]);
  t.equal(statSync(path).mode & 0o777, 0o600, 'for its owner only: it holds vitals');
});

t.test('refuses more than it may hold, until another process makes room', async (t) => {
  const path = join(t.testdir(), 'quarantine.db');
  await using quarantine = await openQuarantine({ path, clock, maxBytes: 600 });
  const points = [90, 91, 92, 93, 94].map((spo2) => moment(T0, { spo2 }));
  const added = await Promise.allSettled(points.map((point) => quarantine.add(point, refusal)));
  t.match(added.at(-1), { status: 'rejected', reason: { code: 'quarantine_full' } });
  using database = new QuarantineDatabase({ path });
  const held = database.entries(0, 10);
  t.strictSame(
    held.map(({ point }) => point),
    points.slice(0, added.filter(({ status }) => status === 'fulfilled').length),
  );
  t.ok(held.length > 0 && database.held().bytes <= 600);
  // What is there already may come again.
  await quarantine.add(points[0]!, refusal);
  database.remove([1]);
  await quarantine.add(moment(T0, { spo2: 94 }), refusal);
  t.equal(await quarantine.held(), held.length);
});

t.test('goes on after its thread has died, with a new one', async (t) => {
  const path = join(t.testdir(), 'quarantine.db');
  const threads: Worker[] = [];
  const noted = (thread: Worker): void => void threads.push(thread);
  process.on('worker', noted);
  t.teardown(() => process.off('worker', noted));
  await using quarantine = await openQuarantine({ path, clock });
  await quarantine.add(moment(T0, { spo2: 97 }), refusal);
  await threads[0]?.terminate();
  await t.rejects(quarantine.add(moment(T0, { spo2: 96 }), refusal), { code: 'worker_died' });
  await quarantine.add(moment(T0, { spo2: 96 }), refusal);
  t.equal(await quarantine.held(), 2);
  t.equal(threads.length, 2);
});
