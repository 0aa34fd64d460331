import type { Test } from 'tap';
import type { AlarmEventsQuery, Bus, BusListener, LiveVitals, PresenceChange } from '../../src/bus/bus.ts';
import { compareCursors } from '../../src/bus/bus.ts';
import type { Alarm, LoggedAlarmEvent } from '../../src/model/alarm.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import type { AlarmId, ClinicianId, Cursor, DeviceId, PatientId } from '../../src/model/ids.ts';
import { anAlarm, cleared, P1, P2, raised } from '../support/alarms.ts';

export interface BusWorldOptions {
  readonly onError?: (error: Error) => void;
  readonly maxEvents?: number;
}

/** Opens the same bus again and again, one at a time. */
export interface BusWorld {
  open(options?: BusWorldOptions): Promise<Bus>;
}

const vitals: LiveVitals = {
  patient: P1,
  device: 'D1' as DeviceId,
  samples: [{ t: 1_000, heart_rate: 72 }],
  received: 1_040,
  skew: 0,
};
const presence: PresenceChange = {
  device: 'D1' as DeviceId,
  patient: P1,
  presence: 'silent',
  at: 5,
  battery_percent: null,
};

const onsets = (alarms: readonly Alarm[]): number[] => alarms.map(({ onset }) => onset);
const times = (events: readonly LoggedAlarmEvent[]): number[] => events.map(({ at }) => at);

/** Everything after `after`, page by page. */
async function all(bus: Bus, after: Cursor | null, limit: number): Promise<LoggedAlarmEvent[]> {
  const found: LoggedAlarmEvent[] = [];
  for (;;) {
    const { events, complete } = await bus.alarmsAfter(found.at(-1)?.cursor ?? after, limit);
    found.push(...events);
    if (complete) return found;
  }
}

/** What every Bus adapter keeps. `world` makes an empty bus for one test and cleans up after it. */
export function busContract(t: Test, world: (t: Test) => Promise<BusWorld>): void {
  const empty = async (t: Test, options?: BusWorldOptions) => (await world(t)).open(options);

  t.test('everything published is heard at once, by every subscriber, in order', async (t) => {
    await using bus = await empty(t);
    const heard: string[] = [];
    const listener = (name: string): BusListener => ({
      vitals: (what) => heard.push(`${name} vitals ${what.patient}`),
      presence: (what) => heard.push(`${name} ${what.presence}`),
      waveform: (what) => heard.push(`${name} ${what.signal}`),
      alarm: (what) => heard.push(`${name} ${what.event}`),
      command: (what) => heard.push(`${name} ${what.name}`),
      commandResult: (what) => heard.push(`${name} result ${what.ok}`),
      acknowledgement: (what) => heard.push(`${name} seen by ${what.by}`),
    });
    using _a = bus.subscribe(listener('a'));
    using _b = bus.subscribe(listener('b'));
    using _nothing = bus.subscribe({});
    const device = 'D1' as DeviceId;
    bus.publishVitals(vitals);
    bus.publishPresence(presence);
    bus.publishWaveform({ patient: P1, device, signal: 'ppg', t: 0, rate_hz: 1, values: [1] });
    bus.publishAlarm(raised(10));
    bus.publishCommand({ id: '1', device, name: 'identify', args: {}, requested_by: 'c' as never });
    bus.publishCommandResult({ id: '1', device, ok: true, message: null });
    bus.publishAcknowledgement({ alarm: 'x' as AlarmId, by: 'c' as never, at: 1, seen: null });
    const each = ['vitals P1', 'silent', 'ppg', 'raised', 'identify', 'result true', 'seen by c'];
    t.same(
      heard,
      each.flatMap((what) => [`a ${what}`, `b ${what}`]),
    );
  });

  t.test('a disposed subscription hears nothing more, even within a delivery', async (t) => {
    await using bus = await empty(t);
    let heard = 0;
    const subscriptions: Disposable[] = [];
    using _first = bus.subscribe({ vitals: () => subscriptions[0]?.[Symbol.dispose]() });
    subscriptions.push(bus.subscribe({ vitals: () => heard++ }));
    bus.publishVitals(vitals);
    bus.publishVitals(vitals);
    t.equal(heard, 0);
  });

  t.test('what a listener publishes is heard after what it heard, by all in the same order', async (t) => {
    await using bus = await empty(t);
    const heard: string[] = [];
    using _first = bus.subscribe({ vitals: () => void bus.publishAlarm(raised(10)) });
    using _second = bus.subscribe({
      vitals: () => heard.push('vitals'),
      alarm: () => heard.push('alarm'),
    });
    bus.publishVitals(vitals);
    t.same(heard, ['vitals', 'alarm']);
  });

  t.test('a listener that throws is reported and does not keep the others from hearing', async (t) => {
    const errors: Error[] = [];
    await using bus = await empty(t, { onError: (error) => errors.push(error) });
    let heard = 0;
    using _broken = bus.subscribe({
      alarm: () => {
        throw new Error('listener broke');
      },
    });
    using _good = bus.subscribe({ alarm: () => heard++ });
    bus.publishAlarm(raised(10));
    t.equal(heard, 1);
    t.match(errors, [{ code: 'bus_listener_failed', cause: { message: 'listener broke' } }]);
  });

  t.test('cursors grow, and the newest is where a new subscriber starts', async (t) => {
    await using bus = await empty(t);
    const before = bus.newestCursor();
    const first = bus.publishAlarm(raised(10));
    const second = bus.publishAlarm(raised(20));
    t.ok(compareCursors(before, first.cursor) < 0);
    t.ok(compareCursors(first.cursor, second.cursor) < 0);
    t.equal(bus.newestCursor(), second.cursor);
    t.same(await bus.alarmsAfter(bus.newestCursor(), 10), { events: [], gap: false, complete: true });
    t.same(await bus.alarmsAfter(before, 10), { events: [first, second], gap: false, complete: true });
  });

  t.test('alarmsAfter shows what is on disk and what is not yet, none lost or doubled', async (t) => {
    await using bus = await empty(t);
    const published: LoggedAlarmEvent[] = [];
    const reads: Promise<LoggedAlarmEvent[]>[] = [];
    for (let i = 1; i <= 300; i++) {
      published.push(bus.publishAlarm(raised(i)));
      if (i % 10 === 0) reads.push(all(bus, null, 1_000), all(bus, null, 7));
      if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const events of await Promise.all(reads)) {
      t.same(events, published.slice(0, events.length), `${events.length} in order, from the first`);
    }
    t.same(await all(bus, published[99]!.cursor, 13), published.slice(100));
    await bus.flushed();
    t.same(await all(bus, null, 50), published);
  });

  t.test('a page that ends with the last event is complete, one short of it is not', async (t) => {
    await using bus = await empty(t);
    for (let i = 1; i <= 4; i++) bus.publishAlarm(raised(i));
    for (const where of ['in memory', 'on disk']) {
      t.match(await bus.alarmsAfter(null, 4), { complete: true }, where);
      const page = await bus.alarmsAfter(null, 3);
      t.equal(page.complete, false, where);
      t.same(times(page.events), [1, 2, 3], where);
      await bus.flushed();
    }
  });

  t.test('events and cursors go on after reopening', async (t) => {
    const shared = await world(t);
    let first: LoggedAlarmEvent;
    {
      await using bus = await shared.open();
      first = bus.publishAlarm(raised(10));
    }
    await using bus = await shared.open();
    t.ok(compareCursors(bus.newestCursor(), first.cursor) >= 0);
    const second = bus.publishAlarm(raised(20));
    t.ok(compareCursors(first.cursor, second.cursor) < 0);
    t.same(await all(bus, null, 10), [first, second]);
    t.same(await bus.alarmsAfter(first.cursor, 10), { events: [second], gap: false, complete: true });
  });

  t.test('alarms are shown as they are now, from memory and from disk', async (t) => {
    await using bus = await empty(t);
    const unassigned = { ...anAlarm(5), id: ':D1:spo2' as AlarmId, patient: null } as unknown as Alarm;
    bus.publishAlarm(raised(10));
    bus.publishAlarm(raised(20));
    bus.publishAlarm({ event: 'raised', at: 5, alarm: unassigned });
    bus.publishAlarm(cleared(10, 40));
    for (const where of ['in memory', 'on disk']) {
      t.same(await bus.alarm(anAlarm(10).id), cleared(10, 40).alarm, where);
      t.equal(await bus.alarm('none' as AlarmId), null, where);
      t.same(await bus.liveAlarms(), [anAlarm(20), unassigned], where);
      await bus.flushed();
    }
    bus.publishAlarm(cleared(20, 50));
    t.same(await bus.liveAlarms(), [unassigned], 'memory overrides the disk');
    t.equal((await bus.alarm(anAlarm(20).id))?.presence, 'off');
  });

  t.test('history gives the alarms whose life overlaps the range, newest onset first', async (t) => {
    await using bus = await empty(t);
    bus.publishAlarm(raised(10));
    bus.publishAlarm(cleared(10, 20));
    bus.publishAlarm(raised(30));
    bus.publishAlarm(cleared(30, 40));
    bus.publishAlarm(cleared(45, 45));
    bus.publishAlarm(raised(50));
    bus.publishAlarm(raised(35, { patient: P2 }));
    for (const where of ['in memory', 'on disk']) {
      const history = async (from: number, to: number, limit = 10) =>
        onsets(await bus.alarmHistory({ patient: P1, from, to, limit }));
      t.same(await history(0, 100), [50, 45, 30, 10], where);
      t.same(await history(0, 100, 2), [50, 45], where);
      t.same(await history(20, 30), [], `${where}: half-open at both ends`);
      t.same(await history(19, 31), [30, 10], where);
      t.same(await history(45, 46), [45], `${where}: one without length counts at its onset`);
      t.same(await history(900, 901), [50], `${where}: a live alarm lasts until now`);
      await bus.flushed();
    }
  });

  t.test('events of some patients, by the time they were logged, page by page', async (t) => {
    await using bus = await empty(t);
    const began = Date.now();
    const all = [raised(10), raised(20, { patient: P2 }), cleared(10, 30), raised(40)].map((event) =>
      bus.publishAlarm(event),
    );
    const [first, other, second, third] = all as [LoggedAlarmEvent, LoggedAlarmEvent, ...LoggedAlarmEvent[]];
    const nobody = { ...anAlarm(5), id: ':D1:spo2' as AlarmId, patient: null } as unknown as Alarm;
    bus.publishAlarm({ event: 'raised', at: 5, alarm: nobody });
    for (const where of ['in memory', 'on disk']) {
      const range = { from: began, to: Date.now() + 60_000, after: null, limit: 10 };
      const of = (patients: readonly PatientId[], more: Partial<AlarmEventsQuery> = {}) =>
        bus.alarmEvents({ patients, ...range, ...more });
      t.same(await of([P1]), { events: [first, second, third], complete: true }, where);
      t.same(await of([P1, P2]), { events: all, complete: true }, where);
      t.same(await of([P2]), { events: [other], complete: true }, where);
      t.same(await of([]), { events: [], complete: true }, where);
      t.same(await of([P1], { limit: 2 }), { events: [first, second], complete: false }, where);
      const rest = await of([P1], { limit: 2, after: second!.cursor });
      t.same(rest, { events: [third], complete: true }, where);
      t.same((await of([P1], { to: began })).events, [], `${where}: before`);
      t.same((await of([P1], { from: range.to, to: range.to + 1 })).events, [], `${where}: after`);
      await bus.flushed();
    }
  });

  t.test('history is full although memory moved alarms out of the range', async (t) => {
    await using bus = await empty(t);
    for (const onset of [10, 20, 30]) bus.publishAlarm(raised(onset));
    await bus.flushed();
    bus.publishAlarm(cleared(30, 31));
    t.same(onsets(await bus.alarmHistory({ patient: P1, from: 50, to: 60, limit: 2 })), [20, 10]);
  });

  t.test('past the retention the oldest events go, live alarms stay, and a gap is told', async (t) => {
    await using bus = await empty(t, { maxEvents: 5 });
    const live = bus.publishAlarm(raised(1));
    bus.publishAlarm(raised(2));
    const over = bus.publishAlarm(cleared(2, 3));
    for (let i = 10; i < 20; i++) {
      bus.publishAlarm(raised(i));
      await bus.flushed();
    }
    const page = await bus.alarmsAfter(live.cursor, 100);
    t.equal(page.gap, true);
    t.same(times(page.events), [15, 16, 17, 18, 19]);
    t.equal((await bus.alarmsAfter(null, 100)).gap, false, 'from the oldest kept on nothing is missing');
    t.equal((await bus.alarmsAfter(page.events[0]!.cursor, 100)).gap, false);
    t.same(await bus.alarm(live.alarm.id), live.alarm);
    t.equal(await bus.alarm(over.alarm.id), null);
    t.equal((await bus.liveAlarms()).length, 11);
  });

  t.test('the cursor just before the oldest kept is no gap', async (t) => {
    await using bus = await empty(t, { maxEvents: 2 });
    const events = [1, 2, 3].map((at) => bus.publishAlarm(raised(at)));
    await bus.flushed();
    t.match(await bus.alarmsAfter(events[0]!.cursor, 10), { gap: false, events: events.slice(1) });
  });

  t.test('a cursor that this log never gave is a gap', async (t) => {
    await using bus = await empty(t);
    bus.publishAlarm(raised(1));
    const future = String(Number(bus.newestCursor()) + 1) as Cursor;
    t.match(await bus.alarmsAfter(future, 10), { events: [], gap: true, complete: true });
  });

  t.test('an event that was heard and is not in the log after a restart is a gap', async (t) => {
    const shared = await world(t);
    const first = await shared.open();
    const start = first.newestCursor();
    const event = first.publishAlarm(raised(1));
    await first[Symbol.asyncDispose]();
    // As if the process had handed it out and died before it was written.
    const lost = String(Number(event.cursor) + 1) as Cursor;
    await using bus = await shared.open();
    t.match(await bus.alarmsAfter(lost, 10), { events: [], gap: true, complete: true });
    t.match(await bus.alarmsAfter(event.cursor, 10), { events: [], gap: false });
    t.match(await bus.alarmsAfter(start, 10), { gap: false }, 'where a subscriber began stands for no event');
    const again = bus.publishAlarm(raised(2));
    t.match(await bus.alarmsAfter(lost, 10), { events: [again], gap: true });
    t.match(await bus.alarmsAfter(again.cursor, 10), { events: [], gap: false }, 'not on disk yet');
  });

  t.test('flushed resolves with nothing published, and after closing everything is there', async (t) => {
    const shared = await world(t);
    const bus = await shared.open();
    await bus.flushed();
    bus.publishAlarm(raised(1));
    await bus[Symbol.asyncDispose]();
    await bus[Symbol.asyncDispose]();
    t.throws(() => bus.publishAlarm(raised(2)), { code: 'bus_closed' });
    await t.rejects(bus.liveAlarms(), { code: 'bus_closed' });
    await using again = await shared.open();
    t.same(times(await all(again, null, 10)), [1]);
  });

  t.test('deliveries of an alarm are kept with it; what happened first stays', async (t) => {
    const shared = await world(t);
    const alarm = anAlarm(10);
    const at = { alarm: alarm.id, alerted_at: alarm.alerted_at };
    const delivery = (clinician: string, fields: Partial<Delivery> = {}): Delivery => {
      const none = { sent_at: null, received_at: null, acknowledged_at: null };
      return { ...at, clinician: clinician as ClinicianId, ...none, ...fields };
    };
    {
      await using bus = await shared.open();
      bus.publishAlarm(raised(10));
      bus.recordDeliveries([delivery('b', { sent_at: 12 }), delivery('a', { sent_at: 11 })]);
      bus.recordDeliveries([delivery('a', { sent_at: 13, received_at: 14 })]);
      for (const where of ['in memory', 'on disk']) {
        t.same(
          await bus.deliveriesOf(alarm.id),
          [delivery('a', { sent_at: 11, received_at: 14 }), delivery('b', { sent_at: 12 })],
          where,
        );
        t.same(await bus.liveAlarms(), [{ ...alarm, received_at: 14 }], `${where}: it has reached somebody`);
        await bus.flushed();
      }
      t.same(await bus.deliveriesOf(anAlarm(20).id), []);
      bus.recordDeliveries([delivery('b', { received_at: 15 }), delivery('c', { acknowledged_at: 16 })]);
      bus.recordDeliveries([delivery('a', { alerted_at: 20, sent_at: 21 })]);
    }
    await using bus = await shared.open();
    t.same(await bus.deliveriesOf(alarm.id), [
      delivery('a', { sent_at: 11, received_at: 14 }),
      delivery('b', { sent_at: 12, received_at: 15 }),
      delivery('c', { acknowledged_at: 16 }),
      delivery('a', { alerted_at: 20, sent_at: 21 }),
    ]);
    t.same(await bus.liveAlarms(), [{ ...alarm, received_at: 14 }]);
    const again = anAlarm(10, { alerted_at: 20 });
    bus.publishAlarm({ event: 'realerted', at: 20, alarm: again });
    for (const where of ['in memory', 'on disk']) {
      t.same(await bus.liveAlarms(), [again], `${where}: what alerts again has reached nobody`);
      await bus.flushed();
    }
    const missed = anAlarm(10, { unattended: true });
    bus.publishAlarm({ event: 'unattended', at: 30, alarm: missed });
    t.same(await bus.liveAlarms(), [missed], 'who is missed is missed until an event says otherwise');
  });

  t.test('deliveries go with their alarm, and none are written of one that is gone', async (t) => {
    await using bus = await empty(t, { maxEvents: 2 });
    bus.publishAlarm(raised(1));
    const { id, alerted_at } = anAlarm(1);
    const delivery: Delivery = {
      ...{ alarm: id, alerted_at, clinician: 'a' as ClinicianId },
      ...{ sent_at: 2, received_at: null, acknowledged_at: null },
    };
    bus.recordDeliveries([delivery]);
    bus.publishAlarm(cleared(1, 3));
    await bus.flushed();
    t.same(await bus.deliveriesOf(id), [delivery]);
    for (const onset of [10, 20, 30]) {
      bus.publishAlarm(raised(onset));
      await bus.flushed();
    }
    t.same(await bus.deliveriesOf(id), []);
    bus.recordDeliveries([delivery]);
    await bus.flushed();
    t.same(await bus.deliveriesOf(id), []);
  });
}
