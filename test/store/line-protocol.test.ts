import fc from 'fast-check';
import t from 'tap';
import type { AlarmId, ClinicianId, Cursor, DeviceId, PatientId } from '../../src/model/ids.ts';
import { QUALITIES } from '../../src/model/sample.ts';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import { linesOf, TagPrefixes } from '../../src/store/line-protocol.ts';
import { tagValue } from '../../src/store/line-protocol-values.ts';
import type { AlarmPoint, VitalsPoint, WaveformPoint } from '../../src/store/point.ts';
import { ALARMS } from '../contracts/telemetry-store.contract.ts';
import { newLife } from '../support/alarms.ts';
import { parseLine } from './line-protocol-parser.ts';

const T0 = Date.UTC(2026, 2, 14);
const id = (text: string) => text as DeviceId & PatientId;
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
/** Any text that a tag can hold at all; ids are a small part of it. */
const tagText = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ones no tag can hold
  return !/[\u0000-\u001f\u007f]|\\$/.test(text);
});

t.test('any ids, values and times of a moment come back from its line', async (t) => {
  fc.assert(
    fc.property(
      tagText,
      fc.option(tagText),
      fc.dictionary(fc.constantFrom(...VITAL_NAMES), finite, { minKeys: 1 }),
      fc.option(fc.constantFrom(...QUALITIES)),
      fc.option(fc.nat()),
      fc.integer({ min: 0, max: 4e12 }),
      (device, patient, values, quality, received, at) => {
        const point: VitalsPoint = {
          measurement: 'vitals',
          device: id(device),
          patient: patient === null ? null : id(patient),
          t: at,
          values,
          quality,
          received,
        };
        const parsed = parseLine(linesOf(point, new TagPrefixes()));
        t.equal(parsed.measurement, 'vitals');
        t.strictSame(parsed.tags, patient === null ? { device } : { device, patient });
        t.strictSame(parsed.fields, {
          ...values,
          ...(quality === null || quality === 'good' ? {} : { quality }),
          ...(received === null ? {} : { received: BigInt(received) }),
        });
        t.equal(parsed.timestamp, BigInt(at) * 1_000n);
      },
    ),
  );
});

t.test('a trace has one line a value, at whole microseconds', async (t) => {
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 2_000 }),
      (values, rate_hz) => {
        const point: WaveformPoint = {
          measurement: 'waveforms',
          device: id('d'),
          patient: id('p'),
          signal: 'ecg_ii',
          t: T0,
          rate_hz,
          values,
        };
        const parsed = linesOf(point, new TagPrefixes()).split('\n').map(parseLine);
        t.equal(parsed.length, values.length);
        for (const [index, line] of parsed.entries()) {
          t.strictSame(line.fields, { value: values[index] });
          t.strictSame(line.tags, { device: 'd', patient: 'p', signal: 'ecg_ii' });
          const error = Number(line.timestamp - BigInt(T0) * 1_000n) - (index * 1e6) / rate_hz;
          t.ok(Math.abs(error) <= 0.5, `off by ${error} us`);
        }
      },
    ),
    { numRuns: 30 },
  );
});

const alarmPoint: AlarmPoint = {
  measurement: 'alarms',
  event: {
    event: 'acknowledged',
    at: T0,
    cursor: '41017' as Cursor,
    alarm: {
      kind: 'technical',
      id: 'p:d:signal_lost:spo2:1' as AlarmId,
      patient: null,
      device: id('d'),
      priority: 'low',
      onset: T0 - 5,
      ...newLife(T0 - 5),
      presence: 'ack',
      acknowledged_by: 'nurse "A\\B"' as ClinicianId,
      acknowledged_at: T0 - 1,
      condition: 'signal_lost',
      vital: 'spo2',
      last_value_at: T0 - 9,
    },
  },
};

t.test('an alarm step has its condition as tags, the rest as fields, and a time of its own', async (t) => {
  t.strictSame(parseLine(linesOf(alarmPoint, new TagPrefixes())), {
    measurement: 'alarms',
    tags: { condition: 'signal_lost', device: 'd', event: 'acknowledged', kind: 'technical', vital: 'spo2' },
    fields: {
      id: 'p:d:signal_lost:spo2:1',
      cursor: '41017',
      priority: 'low',
      presence: 'ack',
      onset: BigInt(T0 - 5),
      acknowledged_by: 'nurse "A\\B"',
      acknowledged_at: BigInt(T0 - 1),
      last_value_at: BigInt(T0 - 9),
    },
    timestamp: BigInt(T0) * 1_000n + 17n,
  });
});

t.test('an alarm of no device, or of no patient, has no such tag', async (t) => {
  const tagsOf = (cause: string) => {
    const event = { ...alarmPoint.event, alarm: ALARMS[cause]! };
    return parseLine(linesOf({ ...alarmPoint, event }, new TagPrefixes())).tags;
  };
  const { event } = alarmPoint.event;
  t.strictSame(tagsOf('news2'), { cause: 'news2', event, kind: 'physiological', patient: 'patient-1' });
  t.strictSame(tagsOf('technical, worn by nobody'), {
    ...{ condition: 'unassigned_device', device: 'watch-1' },
    ...{ event, kind: 'technical' },
  });
});

t.test('no two of a thousand like alarm steps of one millisecond share a time', async (t) => {
  const times = Array.from({ length: 1_000 }, (_, index) => {
    const event = { ...alarmPoint.event, cursor: `${99_500 + index}` as Cursor };
    return parseLine(linesOf({ ...alarmPoint, event }, new TagPrefixes())).timestamp;
  });
  t.equal(new Set(times).size, 1_000);
  t.ok(times.every((time) => time / 1_000n === BigInt(T0)));
});

t.test('a device state has only the fields that are known', async (t) => {
  const status = { measurement: 'device_status', device: id('d'), t: T0 } as const;
  const lines = [
    linesOf({ ...status, battery_percent: 80, worn: true, charging: null }, new TagPrefixes()),
    linesOf({ ...status, battery_percent: null, worn: null, charging: null }, new TagPrefixes()),
  ];
  t.strictSame(lines, [`device_status,device=d battery_percent=80,worn=true ${T0}000`, '']);
});

t.test('refuses what line protocol cannot hold, and says why', async (t) => {
  for (const text of ['', 'a\nb', 'a\tb', 'ends in \\', '\u0000']) {
    t.throws(() => tagValue(text), { code: 'unrepresentable_point' }, JSON.stringify(text));
  }
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const point = {
      measurement: 'vitals',
      patient: null,
      device: id('d'),
      t: 0,
      quality: null,
      received: null,
    } as const;
    t.throws(() => linesOf({ ...point, values: { spo2: value } }, new TagPrefixes()), /spo2 is/);
  }
});

t.test('keeps the tags of at most so many devices, and of a device its newest patient', async (t) => {
  const prefixes = new TagPrefixes(2);
  t.equal(prefixes.of(id('a'), id('p')), ',device=a,patient=p');
  t.equal(prefixes.of(id('a'), null), ',device=a');
  t.equal(prefixes.size, 1);
  for (const device of ['b', 'c', 'd']) prefixes.of(id(device), null);
  t.equal(prefixes.size, 2);
  t.equal(prefixes.of(id('a'), id('q')), ',device=a,patient=q');
});
