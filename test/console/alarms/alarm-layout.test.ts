import t from 'tap';
import {
  alarmLayout,
  type HeldLayout,
  HOLD_MS,
  held,
  idsOf,
  settled,
} from '../../../src/console/alarms/alarm-layout.ts';
import type { LiveAlarm } from '../../../src/console/feed/ward-model.ts';
import type { AlarmId } from '../../../src/model/ids.ts';
import { liveAlarm, ONSET, technicalAlarm } from '../../support/console-alarms.ts';

const named = (id: string, fields: Parameters<typeof liveAlarm>[0] = {}, more: Partial<LiveAlarm> = {}) =>
  liveAlarm({ id: id as AlarmId, ...fields }, more);

t.test('each alarm stands in one section, the worst of it first', async (t) => {
  const layout = alarmLayout([
    named('seen', { presence: 'ack' }),
    named('medium'),
    named('far', { priority: 'high' }, { calling: true, ward: 'south' }),
    named('latched', { priority: 'high', presence: 'latched' }),
    named('shelved', { shelved_until: ONSET + 9 }),
    named('through the shelf', { shelved_until: ONSET + 9, priority: 'high', alerted_at: ONSET + 1 }),
    { ...liveAlarm(), alarm: technicalAlarm({ id: 'sensor' as AlarmId, presence: 'ack' }) },
    { ...liveAlarm(), alarm: technicalAlarm({ id: 'device' as AlarmId }) },
  ]);
  t.same(layout, {
    calling: ['far'],
    waiting: ['through the shelf', 'latched', 'medium'],
    acknowledged: ['seen'],
    technical: ['device', 'sensor'],
    shelved: ['shelved'],
  });
  t.equal(idsOf(layout).length, 8);
  t.equal(idsOf(layout)[0], 'far');
});

t.test('no row moves for a second under a finger', async (t) => {
  const empty: HeldLayout = { layout: alarmLayout([]), heldUntil: 0 };
  const one = alarmLayout([named('a')]);
  const two = alarmLayout([named('b', { priority: 'high' }), named('a')]);
  const shown = settled(empty, one, 5_000);
  t.same(idsOf(shown.layout), ['a']);
  t.same(idsOf(settled(shown, two, 5_001).layout), ['b', 'a'], 'nobody is there: at once');

  const touched = held(shown, 6_000);
  t.same(idsOf(settled(touched, two, 6_000 + HOLD_MS - 1).layout), ['a']);
  t.same(idsOf(settled(touched, alarmLayout([]), 6_500).layout), ['a'], 'nor does one vanish');
  t.same(idsOf(settled(touched, two, 6_000 + HOLD_MS).layout), ['b', 'a']);
  t.same(idsOf(settled(held(empty, 6_000), one, 6_001).layout), ['a'], 'an empty list holds nothing');
});
