import t from 'tap';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import { AlarmDesk } from '../../src/ingest/alarm-desk.ts';
import { conditionKey, type LoggedAlarmEvent } from '../../src/model/alarm.ts';
import { A1, feedWorld } from '../support/feed-world.ts';

t.test(
  'after a restart, who is worn and does not come back is missed, once there was time to come back',
  async (t) => {
    const { bus, registry, clock } = await feedWorld(t);
    const events: LoggedAlarmEvent[] = [];
    using desk = new AlarmDesk({
      registry,
      bus,
      times: DEFAULT_RESPONSE_TIMES,
      clock,
      onEvent: (event) => void events.push(event),
    });
    const start = clock.now();
    desk.restore([]);
    desk.sweep(start);
    desk.evaluate({
      device: registry.devicesOf(A1, start)[0]!,
      patient: A1,
      samples: [{ t: start + 1_000, spo2: 97 }],
      received: start + 1_000,
      skew: 0,
    });
    desk.sweep(start + 10_999);
    t.same(events, [], 'a fleet comes back spread over half a minute');
    desk.sweep(start + 40_000);
    const missed = events.map(({ alarm }) =>
      alarm.kind === 'technical' ? `${alarm.condition} ${alarm.device}` : conditionKey(alarm),
    );
    t.same(missed.sort(), [
      'device_offline watch-A1',
      'device_offline watch-A2',
      'device_offline watch-B1',
      'device_offline watch-C1',
    ]);
  },
);

t.test('a desk that took up nothing expects nobody', async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  const events: LoggedAlarmEvent[] = [];
  using desk = new AlarmDesk({
    registry,
    bus,
    times: DEFAULT_RESPONSE_TIMES,
    clock,
    onEvent: (event) => void events.push(event),
  });
  for (let s = 0; s < 120; s++) desk.sweep(clock.now() + s * 1_000);
  t.same(events, []);
});
