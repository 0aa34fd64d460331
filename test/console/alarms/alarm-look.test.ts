import t from 'tap';
import {
  alarmClass,
  alarmClasses,
  alarmLook,
  alarmSymbol,
  worstFirst,
} from '../../../src/console/alarms/alarm-look.ts';
import type { Alarm } from '../../../src/model/alarm.ts';
import type { AlarmId, ClinicianId } from '../../../src/model/ids.ts';
import { PRIORITIES } from '../../../src/model/limit.ts';
import { anAlarm } from '../../support/alarms.ts';
import {
  changeAlarm,
  combinationAlarm,
  news2Alarm,
  ONSET,
  technicalAlarm,
} from '../../support/console-alarms.ts';

const seen = {
  presence: 'ack',
  acknowledged_by: 'nurse-1' as ClinicianId,
  acknowledged_at: ONSET + 9_000,
} as const;
const shelved = { shelved_until: ONSET + 60_000 };
const over = { presence: 'off', ended: ONSET + 5_000, cleared: ONSET + 5_000 } as const;

t.test(
  'every kind has the colour and the symbol of its priority; what is technical has its own',
  async (t) => {
    const symbols = { high: '!!!', medium: '!!', low: '!' };
    for (const priority of PRIORITIES)
      for (const make of [
        (fields: object) => anAlarm(ONSET, fields),
        changeAlarm,
        combinationAlarm,
        news2Alarm,
      ]) {
        const look = alarmLook(make({ priority }));
        t.match(look, { of: priority, symbol: symbols[priority], state: 'on', waits: true });
        t.equal(look.flashes, priority !== 'low', `${priority} ${look.flashes ? 'flashes' : 'is steady'}`);
      }
    t.match(alarmLook(technicalAlarm()), { of: 'technical', symbol: '!', flashes: false, waits: true });
    t.equal(alarmClass(technicalAlarm()), 'technical');
    t.equal(alarmSymbol('technical'), '!');
  },
);

t.test('states: what waits, what was seen, what is on the shelf, what was late, what is over', async (t) => {
  const of = (fields: Parameters<typeof anAlarm>[1]) => alarmLook(anAlarm(ONSET, fields));
  t.match(of({ presence: 'latched', priority: 'high', ended: ONSET }), {
    ...{ state: 'latched', waits: true, flashes: true },
  });
  for (const priority of PRIORITIES) {
    t.match(of({ ...seen, priority }), { state: 'acknowledged', waits: false, flashes: false }, priority);
    t.match(of({ ...over, priority }), { state: 'over', waits: false, flashes: false }, priority);
    t.match(
      of({ ...over, retrospective: true, priority }),
      { state: 'retrospective', waits: false, flashes: false },
      priority,
    );
  }
  t.match(of(shelved), { state: 'shelved', waits: false, flashes: false });
  t.match(of({ ...shelved, ...seen }), { state: 'shelved' });
  t.match(of({ ...shelved, priority: 'high' }), { state: 'on', waits: true, flashes: true });
  t.match(alarmLook(technicalAlarm(seen)), { state: 'acknowledged', waits: false });
});

t.test('escalated and unattended are of what waits', async (t) => {
  const pressing = { escalated_at: ONSET + 60_000, circle: 'on_duty', unattended: true } as const;
  t.match(alarmLook(anAlarm(ONSET, pressing)), { escalated: 'on_duty', unattended: true });
  t.match(alarmLook(anAlarm(ONSET, { ...pressing, ...seen })), { escalated: null, unattended: false });
  t.match(alarmLook(anAlarm(ONSET)), { escalated: null, unattended: false });
});

t.test('classes of the style sheet', async (t) => {
  t.equal(alarmClasses(alarmLook(anAlarm(ONSET))), 'alarm-medium alarm-waits alarm-flashes');
  t.equal(alarmClasses(alarmLook(anAlarm(ONSET, seen))), 'alarm-medium alarm-seen');
  t.equal(alarmClasses(alarmLook(technicalAlarm())), 'alarm-technical alarm-waits');
});

t.test('the worst comes first', async (t) => {
  const named = (id: string, fields: Parameters<typeof anAlarm>[1] = {}) =>
    anAlarm(ONSET, { id: id as AlarmId, ...fields });
  const inOrder: readonly Alarm[] = [
    named('high', { priority: 'high' }),
    named('medium, newer', { alerted_at: ONSET + 2 }),
    named('medium a'),
    named('medium b'),
    named('low', { priority: 'low' }),
    technicalAlarm({ alerted_at: ONSET + 99 }),
    named('seen, high', { priority: 'high', ...seen }),
    named('seen', seen),
    named('on the shelf', shelved),
    named('late', { retrospective: true, ...over, priority: 'high' }),
    named('over', over),
  ];
  const ids = (alarms: readonly Alarm[]): string[] => alarms.map(({ id }) => id);
  t.same(ids(inOrder.toReversed().sort(worstFirst)), ids(inOrder));
  t.same(ids([...inOrder.slice(5), ...inOrder.slice(0, 5)].sort(worstFirst)), ids(inOrder));
  t.equal(worstFirst(inOrder[0]!, inOrder[0]!), 0);
});
