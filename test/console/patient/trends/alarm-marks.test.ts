import t from 'tap';
import { alarmMarks, alarmSpans, newestAlarms } from '../../../../src/console/patient/trends/alarm-marks.ts';
import type { TechnicalAlarm } from '../../../../src/model/alarm.ts';
import { anAlarm } from '../../../support/alarms.ts';

const RANGE = { from: 1_000_000, to: 2_000_000 };
const ended = (onset: number, at: number, fields = {}) =>
  anAlarm(onset, { ended: at, cleared: at, presence: 'off', ...fields });

t.test('alarms that begin near to each other are one mark, that of the worst', async (t) => {
  const alarms = [
    ended(1_510_000, 1_520_000, { priority: 'high' }),
    ended(1_500_000, 1_505_000),
    ended(1_800_000, 1_900_000),
  ];
  const marks = alarmMarks(alarms, RANGE);
  t.same(
    marks.map(({ at, of, alarms: near }) => [at, of, near.length]),
    [
      [0.5, 'high', 2],
      [0.8, 'medium', 1],
    ],
  );
  t.equal(marks[0]?.alarms[0]?.priority, 'high');
});

t.test('what reaches into the range is marked at its beginning, what is outside is not', async (t) => {
  const alarms = [ended(500_000, 1_000_001), ended(500_000, 999_999), anAlarm(2_000_000)];
  t.same(
    alarmMarks(alarms, RANGE).map(({ at }) => at),
    [0],
  );
});

t.test('a chart shades alarms of its own vitals, and those of a whole device', async (t) => {
  const { vital: _vital, cause: _cause, ...rest } = anAlarm(1_200_000);
  const device = { ...rest, kind: 'technical', priority: 'low', condition: 'poor_contact', vital: null };
  const alarms = [ended(900_000, 1_100_000), device as unknown as TechnicalAlarm];
  t.same(alarmSpans(alarms, ['spo2'], RANGE), [
    { from: 1_000_000, to: 1_100_000, of: 'medium' },
    { from: 1_200_000, to: 2_000_000, of: 'technical' },
  ]);
  t.same(alarmSpans(alarms, ['heart_rate'], RANGE), [{ from: 1_200_000, to: 2_000_000, of: 'technical' }]);
});

t.test('an alarm is as it was heard of last; one that the log has over is over', async (t) => {
  const [stored, worse] = [anAlarm(1_000), anAlarm(1_000, { priority: 'high' })];
  const over = ended(1_000, 5_000);
  const others = { alarm: anAlarm(1_000, { patient: 'P9' as never }) };
  t.same(newestAlarms([stored], [others, { alarm: worse }, { alarm: stored }], 'P1'), [worse]);
  t.same(newestAlarms([over], [{ alarm: worse }], 'P1'), [over]);
  t.same(newestAlarms([], [{ alarm: worse }], 'P1'), [worse]);
});
