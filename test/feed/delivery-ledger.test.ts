import t, { type Test } from 'tap';
import type { Receipt } from '../../src/bus/bus.ts';
import { DeliveryLedger } from '../../src/feed/delivery-ledger.ts';
import type { Alarm, AlarmEvent, LoggedAlarmEvent } from '../../src/model/alarm.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { anAlarm, cleared, raised } from '../support/alarms.ts';
import { feedWorld } from '../support/feed-world.ts';
import { settled } from '../support/happening.ts';

const [ANNE, BEN] = [clinicianId('anne'), clinicianId('ben')];

async function world(t: Test, liveAlarms: readonly Alarm[] = []) {
  const { bus, clock } = await feedWorld(t);
  const ledger = new DeliveryLedger({ bus, clock, liveAlarms });
  t.teardown(() => ledger[Symbol.dispose]());
  const receipts: Receipt[] = [];
  bus.subscribe({ receipt: (receipt) => receipts.push(receipt) });
  const deliveries = async (alarm: Alarm = anAlarm(1)) => {
    await settled();
    return (await bus.deliveriesOf(alarm.id)).map(
      ({ clinician, alerted_at, sent_at, received_at, acknowledged_at }) =>
        [clinician, alerted_at, sent_at, received_at, acknowledged_at] as const,
    );
  };
  const step = (event: AlarmEvent): LoggedAlarmEvent => bus.publishAlarm(event);
  return { bus, clock, ledger, receipts, deliveries, step };
}

t.test(
  'sent, received, acknowledged: each once, with its time; the owner is told of the first receipt',
  async (t) => {
    const { ledger, clock, step, receipts, deliveries } = await world(t);
    const [anne, ben] = [ledger.of(ANNE), ledger.of(BEN)];
    const start = clock.now();
    const event = step(raised(1));
    for (const session of [anne, ben]) session.sent(event);
    clock.advance(5);
    ledger.of(ANNE).sent(event);
    anne.confirmed(event.cursor);
    clock.advance(5);
    ben.confirmed(event.cursor);
    anne.confirmed(event.cursor);
    t.same(receipts, [{ alarm: event.alarm.id, by: ANNE, at: start + 5 }]);
    const acknowledged = { presence: 'ack', acknowledged_by: BEN, acknowledged_at: start + 9 } as const;
    step({ event: 'acknowledged', at: start + 9, alarm: anAlarm(1, acknowledged) });
    t.same(await deliveries(), [
      [ANNE, 1, start, start + 5, null],
      [BEN, 1, start, start + 10, start + 9],
    ]);
  },
);

t.test('what is confirmed is what was sent before: not later events, not those of others', async (t) => {
  const { ledger, step, receipts } = await world(t);
  const anne = ledger.of(ANNE);
  const [first, second, third] = [raised(1), raised(2), raised(3)].map(step) as [
    LoggedAlarmEvent,
    LoggedAlarmEvent,
    LoggedAlarmEvent,
  ];
  anne.sent(first);
  anne.sent(third);
  anne.confirmed(second.cursor);
  t.same(
    receipts.map(({ alarm }) => alarm),
    [first.alarm.id],
  );
  ledger.of(BEN).confirmed(third.cursor);
  t.equal(receipts.length, 1, 'who was sent nothing has nothing');
  anne.confirmed(third.cursor);
  t.same(
    receipts.map(({ alarm }) => alarm),
    [first.alarm.id, third.alarm.id],
  );
});

t.test('an alarm that alerts again has to reach people again', async (t) => {
  const { ledger, step, receipts, deliveries } = await world(t);
  const anne = ledger.of(ANNE);
  const first = step(raised(1));
  anne.sent(first);
  const again = step({ event: 'priority_raised', at: 2, alarm: anAlarm(1, { alerted_at: 50 }) });
  anne.confirmed(first.cursor);
  t.same(receipts, [], 'what was confirmed is the milder alarm');
  anne.sent(again);
  anne.confirmed(again.cursor);
  t.equal(receipts.length, 1);
  t.match(await deliveries(), [
    [ANNE, 1, Number, Number, null],
    [ANNE, 50, Number, Number, null],
  ]);
});

t.test('frames that tell what became of an alarm are no deliveries; a confirmed snapshot is', async (t) => {
  const { ledger, step, receipts, deliveries, bus } = await world(t);
  const anne = ledger.of(ANNE);
  step(raised(1));
  anne.sent(step({ event: 'unattended', at: 2, alarm: anAlarm(1, { unattended: true }) }));
  anne.confirmed(bus.newestCursor());
  t.same(await deliveries(), []);
  anne.sentAll(bus.newestCursor(), [anAlarm(1), anAlarm(99)]);
  t.same(receipts, []);
  anne.confirmed(bus.newestCursor());
  t.match(receipts, [{ alarm: anAlarm(1).id, by: ANNE }]);
});

t.test('of an alarm that is over nothing is sent any more; a late receipt is written down', async (t) => {
  const { ledger, step, receipts, deliveries } = await world(t);
  const anne = ledger.of(ANNE);
  const first = step(raised(1));
  anne.sent(first);
  step(cleared(1, 5));
  ledger.of(BEN).sent(first);
  anne.confirmed(first.cursor);
  t.same(receipts, [], 'nobody is missed');
  t.match(await deliveries(), [[ANNE, 1, Number, Number, null]]);
});

t.test('after a restart only what had reached nobody is asked for', async (t) => {
  const reached = anAlarm(1, { received_at: 2 });
  const missed = anAlarm(2);
  const { ledger, receipts, bus } = await world(t, [reached, missed]);
  const anne = ledger.of(ANNE);
  anne.sentAll(bus.newestCursor(), [reached, missed]);
  anne.confirmed(bus.newestCursor());
  t.same(
    receipts.map(({ alarm }) => alarm),
    [missed.id],
  );
});

t.test(
  'a client that never confirms is forgotten from its oldest frame on, and memory is bounded',
  async (t) => {
    const { ledger, step, receipts } = await world(t);
    const anne = ledger.of(ANNE);
    const first = step(raised(1));
    anne.sent(first);
    const second = step(raised(2));
    for (let i = 0; i < 4_096; i++) anne.sent(second);
    anne.confirmed(second.cursor);
    t.same(
      receipts.map(({ alarm }) => alarm),
      [second.alarm.id],
    );
  },
);
