import t from 'tap';
import { DeviceRecord } from '../../../scripts/faults/fleet/device-record.ts';
import { judge } from '../../../scripts/faults/fleet/verdict.ts';
import { foundInInflux, momentsOf, seriesOf } from '../../../scripts/faults/influx/found-in-influx.ts';
import { OrderWatch } from '../../../scripts/faults/influx/order-watch.ts';
import { bothOf, RefusedMoments } from '../../../scripts/faults/influx/refused-moments.ts';
import type { Influxd, InfluxSeries } from '../../../scripts/rig/influxd-process.ts';
import { influxdMissing, startInfluxd } from '../../support/influxd.ts';

const T = 1_700_000_000_000;
/** No question is asked of it. */
const NOBODY = {} as Influxd;

const sent = (device: string, ...times: number[]): DeviceRecord => {
  const record = new DeviceRecord(device, `of ${device}`);
  for (const t of times) record.note({ t, heart_rate: 70, spo2: 97, at: 0 });
  record.acked(times.length, () => undefined);
  return record;
};
const rows = (device: string, ...times: number[]): InfluxSeries => ({
  tags: { device },
  columns: ['time', 'heart_rate'],
  values: times.map((t) => [t * 1_000, 70]),
});

t.test('an answer that lacks something is no answer', async (t) => {
  const series = [rows('w-0', T)];
  const piece = (part: unknown): string => `${JSON.stringify({ results: [part] })}\n`;
  t.same(seriesOf(piece({ series })), series);
  t.same(seriesOf(piece({})), []);
  const more = { ...rows('w-0', T - 1), partial: true };
  t.same(seriesOf(piece({ series: [more], partial: true }) + piece({ series })), [more, ...series]);
  const refused = { error: 'database not found' };
  t.throws(() => seriesOf(piece(refused)), { code: 'influxdb_refused' });
  t.throws(() => seriesOf(JSON.stringify(refused)), { code: 'influxdb_refused' });
  t.throws(() => seriesOf(piece({ series: [more] })), { code: 'influxdb_cut_short' });
});

t.test('a time between milliseconds is none that was sent', async (t) => {
  const values = [
    [T * 1_000, 70, 97],
    [T * 1_000 + 1, 70, null],
  ];
  const { moments, corrupt } = momentsOf('w-0', [{ tags: { patient: '' }, columns: [], values }]);
  t.match(moments[0], { t: T, patient: null, heart_rate: 70, spo2: 97 });
  t.match(corrupt, [/w-0 has a moment at \d+1 us/]);
});

t.test('what stands in InfluxDB is read as it was sent', { skip: influxdMissing() }, async (t) => {
  await using influxd = await startInfluxd();
  await RefusedMoments.prepare(influxd);
  const line = (t: number, fields: string): string =>
    `vitals,device=w-0,patient=of\\ w-0 ${fields} ${t * 1_000}`;
  const now = Date.now();
  const [a, b, c] = [now - 3, now - 2, now - 1];
  const body = [
    line(a, 'heart_rate=70,spo2=97'),
    line(b, 'heart_rate=70,spo2=97,skin_temp=33'),
    line(c, 'heart_rate=71,spo2=97'),
  ];
  t.equal(await influxd.post('/write?db=vitalwire&precision=u', body.join('\n')), 400, 'one of three');
  const found = await foundInInflux(influxd);
  t.same([...found.moments.keys()], ['w-0'], 'what the scenario put there itself is nobody’s');
  const { losses } = judge([sent('w-0', a, b, c)], found, 'the store');
  t.match(losses, { lost: 1, phantom: 0, doubled: 0, corrupt: 1 });

  const many = Array.from({ length: 12_000 }, (_, i) => now - 60_000 + i);
  const lines = many.map((t) => `vitals,device=w-1,patient=p heart_rate=70,spo2=97 ${t * 1_000}`);
  t.equal(await influxd.post('/write?db=vitalwire&precision=u', lines.join('\n')), 204);
  t.equal((await foundInInflux(influxd)).moments.get('w-1')?.length, 12_000, 'more than one piece holds');
});

t.test('a later moment that is there before an earlier one is told, once a device', async (t) => {
  await using watch = new OrderWatch(NOBODY, [sent('w-0', 1, 2, 3, 4), sent('w-1', 1, 2, 3)]);
  watch.note([rows('w-0', 1, 2), rows('w-1', 1)]);
  watch.note([rows('w-0', 2, 3), rows('w-1', 1, 2), rows('w-1', 3)]);
  t.same(watch.disordered, []);
  await using gap = new OrderWatch(NOBODY, [sent('w-0', 1, 2, 3, 4), sent('w-1', 1, 2, 3)]);
  gap.note([rows('w-0', 1, 3, 4), rows('w-1', 1, 2)]);
  gap.note([rows('w-0', 1, 2, 3, 4)]);
  t.same(gap.disordered, ['w-0 has 3 while 2, sent before, is missing']);
});

t.test('a moment that the store will never take is no gap', async (t) => {
  const never = (device: string, t: number): boolean => device === 'w-0' && t === 2;
  await using watch = new OrderWatch(NOBODY, [sent('w-0', 1, 2, 3, 4)], never);
  watch.note([rows('w-0', 1)]);
  watch.note([rows('w-0', 3)]);
  t.same(watch.disordered, []);
  watch.note([rows('w-0', 5)]);
  t.match(watch.disordered, [/w-0 has 5 while 4/]);
});

t.test('set aside must be the refused moments, all of them and no other', async (t) => {
  const refused = new RefusedMoments('w-0');
  const times = Array.from({ length: 300 }, (_, i) => T + i);
  const bad = times.filter((t) => 'skin_temp' in refused.also('w-0', t));
  t.equal(bad.length, 2);
  t.same(refused.also('w-1', T), {});
  const of = (...some: number[]) =>
    new Map([['w-0', some.map((t) => ({ t, patient: 'of w-0', heart_rate: 70, spo2: 97 }))]]);
  t.same(refused.faultsOf(of(...bad)), []);
  t.match(refused.faultsOf(of(...bad, T)), [/is in quarantine, and nothing is wrong/]);
  t.match(refused.faultsOf(of(...bad.slice(1))), [/and not in quarantine/]);

  const store = { moments: of(...times), corrupt: [], disordered: [] };
  const { losses } = judge([sent('w-0', ...times)], bothOf(store, of(...bad)), 'the store');
  t.match(losses, { lost: 0, doubled: 2 }, 'in one place or the other');
});
