import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import { quarantineFile } from '../../src/store/quarantine-file.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';

const clock = { ...systemClock(), now: () => T0 };
const refusal = new StoreError('invalid', 'a field has another type');

t.test('appends a line a point with its reason, also after a restart, for its owner only', async (t) => {
  const path = join(t.testdir(), 'quarantine.ndjson');
  for (const spo2 of [97, 96]) {
    await using file = await quarantineFile({ path, clock });
    await file.add(moment(T0, { spo2 }), refusal);
  }
  const lines = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.strictSame(lines, [
    { at: T0, code: 'store_invalid', message: refusal.message, point: moment(T0, { spo2: 97 }) },
    { at: T0, code: 'store_invalid', message: refusal.message, point: moment(T0, { spo2: 96 }) },
  ]);
  t.equal(statSync(path).mode & 0o777, 0o600);
});

t.test('ends a line that a crash cut short', async (t) => {
  const path = join(t.testdir({ 'quarantine.ndjson': '{"at":1,"co' }), 'quarantine.ndjson');
  await using file = await quarantineFile({ path, clock });
  await file.add(moment(T0, { spo2: 97 }), refusal);
  const [cut, whole] = readFileSync(path, 'utf8').split('\n');
  t.equal(cut, '{"at":1,"co');
  t.match(JSON.parse(whole!), { code: 'store_invalid' });
});

t.test('refuses more than it may hold, and keeps points that come at once apart', async (t) => {
  const path = join(t.testdir(), 'quarantine.ndjson');
  await using file = await quarantineFile({ path, clock, maxBytes: 600 });
  const added = await Promise.allSettled([1, 2, 3, 4].map((spo2) => file.add(moment(T0, { spo2 }), refusal)));
  const kept = added.filter(({ status }) => status === 'fulfilled').length;
  t.match(added.at(-1), { status: 'rejected', reason: { code: 'quarantine_full' } });
  const lines = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.strictSame(
    lines.map(({ point }) => point.values.spo2),
    [1, 2, 3, 4].slice(0, kept),
  );
  t.ok(kept > 0);
});
